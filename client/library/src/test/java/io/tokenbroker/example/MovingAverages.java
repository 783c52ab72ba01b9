package io.tokenbroker.example;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** The simple moving average of each symbol's past quotes. Not thread-safe. */
final class MovingAverages {
  private final int window;
  private final Map<String, ArrayDeque<BigDecimal>> prices = new HashMap<>();

  MovingAverages(int window) {
    this.window = window;
  }

  /** Adds a price, and gives the mean of the newest; of fewer while there are fewer. */
  BigDecimal add(String symbol, BigDecimal price) {
    ArrayDeque<BigDecimal> newest = prices.computeIfAbsent(symbol, name -> new ArrayDeque<>());
    newest.add(price);
    if (newest.size() > window) {
      newest.remove();
    }
    return newest.stream()
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .divide(BigDecimal.valueOf(newest.size()), 2, RoundingMode.HALF_EVEN);
  }
}
