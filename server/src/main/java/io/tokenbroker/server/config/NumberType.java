package io.tokenbroker.server.config;

import java.util.Locale;

/** A whole number within bounds, both inclusive. */
record NumberType(int min, int max) implements ValueType<Integer> {
  /** Of a range such as {@code 1 to 10,000}. */
  static NumberType of(String range) {
    String[] ends = range.replace(",", "").split(" to ", 2);
    return new NumberType(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  @Override
  public Integer parse(String text) {
    if (!text.matches("\\d{1,9}")) {
      throw new IllegalArgumentException();
    }
    int number = Integer.parseInt(text);
    if (number < min || number > max) {
      throw new IllegalArgumentException();
    }
    return number;
  }

  @Override
  public String allowed() {
    return "a whole number from " + range();
  }

  @Override
  public String range() {
    return String.format(Locale.ROOT, "%,d to %,d", min, max);
  }
}
