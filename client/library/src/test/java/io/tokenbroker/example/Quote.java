package io.tokenbroker.example;

import java.math.BigDecimal;

/** One line of the file. */
record Quote(int number, String symbol, BigDecimal price) {
  /** Reads {@code number,symbol,price}. */
  static Quote parse(String line) {
    String[] fields = line.split(",", -1);
    if (fields.length != 3) {
      throw new IllegalArgumentException("not number,symbol,price: " + line);
    }
    return new Quote(Integer.parseInt(fields[0]), fields[1], new BigDecimal(fields[2]));
  }
}
