package io.tokenbroker.server.clock;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/** The monotonic clock and the wall clock. Thread-safe. */
public final class Clock {
  private final LongSupplier ticker;
  private final InstantSource wall;
  private final long start;

  /**
   * @param ticker monotonic, in nanoseconds
   */
  public Clock(LongSupplier ticker, InstantSource wall) {
    this.ticker = ticker;
    this.wall = wall;
    this.start = ticker.getAsLong();
  }

  /** Since this began: small numbers, which compare without an overflow. */
  public long nanos() {
    return ticker.getAsLong() - start;
  }

  /** What both clocks say now. */
  public Moment moment() {
    return new Moment(nanos(), wall.millis());
  }
}
