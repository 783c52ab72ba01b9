package io.tokenbroker.example;

import java.math.BigDecimal;
import java.util.concurrent.CompletableFuture;

/** A quote whose price is to be fetched. */
record Job(Quote quote, CompletableFuture<BigDecimal> price) {
  private static final Quote NONE = new Quote(0, "", BigDecimal.ZERO);

  static Job of(Quote quote) {
    return new Job(quote, new CompletableFuture<>());
  }

  /** Says that there are no more. */
  static Job last() {
    return of(NONE);
  }

  boolean isLast() {
    return quote.equals(NONE);
  }
}
