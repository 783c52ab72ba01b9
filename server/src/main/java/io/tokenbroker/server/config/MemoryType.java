package io.tokenbroker.server.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes of memory, from 1 MiB, with a binary unit, or a part of the heap in percent:
 * {@code 64MiB}, {@code 25%}.
 *
 * @param heapBytes that 100 % are of
 */
record MemoryType(long heapBytes) implements ValueType<Long> {
  private static final Pattern TEXT = Pattern.compile("([1-9]\\d{0,8})(KiB|MiB|GiB|%)");
  private static final int MAX_PERCENT = 90;
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  @Override
  public Long parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException();
    }
    long number = Long.parseLong(parts.group(1));
    if (parts.group(2).equals("%")) {
      if (number > MAX_PERCENT) {
        throw new IllegalArgumentException();
      }
      return Math.max(MIB, heapBytes / 100 * number);
    }
    long unit = parts.group(2).equals("KiB") ? KIB : parts.group(2).equals("MiB") ? MIB : KIB * MIB;
    if (number * unit < MIB) {
      throw new IllegalArgumentException();
    }
    return number * unit;
  }

  @Override
  public String allowed() {
    return "a size from 1MiB, with a unit (KiB, MiB, GiB), or a part of the heap up to 90%";
  }

  @Override
  public String range() {
    return "from 1MiB, or up to 90% of the heap";
  }
}
