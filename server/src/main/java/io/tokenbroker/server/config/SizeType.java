package io.tokenbroker.server.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes within bounds, both inclusive, with a binary unit: {@code 4MiB}. */
record SizeType(int min, int max) implements ValueType<Integer> {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,10})(B|KiB|MiB)");
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /** Of a range such as {@code 64KiB to 4MiB}. */
  static SizeType of(String range) {
    String[] ends = range.split(" to ", 2);
    return new SizeType((int) bytes(ends[0]), (int) bytes(ends[1]));
  }

  private static long bytes(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException();
    }
    long unit = parts.group(2).equals("B") ? 1 : parts.group(2).equals("KiB") ? KIB : MIB;
    return Long.parseLong(parts.group(1)) * unit;
  }

  @Override
  public Integer parse(String text) {
    long bytes = bytes(text);
    if (bytes < min || bytes > max) {
      throw new IllegalArgumentException();
    }
    return (int) bytes;
  }

  @Override
  public String allowed() {
    return "a size from " + range() + ", with a unit (B, KiB, MiB)";
  }

  @Override
  public String range() {
    return print(min) + " to " + print(max);
  }

  private static String print(int bytes) {
    return bytes % MIB == 0
        ? bytes / MIB + "MiB"
        : bytes % KIB == 0 ? bytes / KIB + "KiB" : bytes + "B";
  }
}
