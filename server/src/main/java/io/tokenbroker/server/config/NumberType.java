package io.tokenbroker.server.config;

import java.util.Locale;

/** A whole number within bounds, both inclusive. */
record NumberType(int min, int max) implements ValueType<Integer> {
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
