package io.tokenbroker.server.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps callers from waiting for a database that can't be reached: after a failure nobody gets to
 * it for a pause, and then one probe at a time until one arrives. Thread-safe.
 */
final class Breaker {
  /** What {@link #enter} gives when the task must not go to the database. */
  static final long REFUSED = -1;

  private final LongSupplier ticker;
  private final long pauseNanos;

  @GuardedBy("this")
  private boolean open;

  @GuardedBy("this")
  private long openings;

  @GuardedBy("this")
  private boolean probing;

  @GuardedBy("this")
  private long probeTime;

  /** Raised with every probe, so that what began before it can't change its verdict. */
  @GuardedBy("this")
  private long generation;

  /**
   * @param ticker monotonic nanoseconds
   */
  Breaker(LongSupplier ticker, Duration pause) {
    this.ticker = ticker;
    this.pauseNanos = pause.toNanos();
  }

  /** From when the database could not be reached until it is. */
  synchronized boolean isOpen() {
    return open;
  }

  /** How often it has become open. */
  synchronized long openings() {
    return openings;
  }

  /** Whether a task that enters now would be let through. */
  synchronized boolean admits() {
    return !open || (!probing && ticker.getAsLong() - probeTime >= 0);
  }

  /** The ticket to {@link #leave} with, or {@link #REFUSED}. */
  synchronized long enter() {
    if (!admits()) {
      return REFUSED;
    }
    if (open) {
      probing = true;
      generation++;
    }
    return generation;
  }

  /**
   * @param ticket from {@link #enter}
   * @param reached whether the database answered, be it with an error
   * @return whether nobody gets to it from now on
   */
  synchronized boolean leave(long ticket, boolean reached) {
    if (ticket != generation) {
      return open;
    }
    if (!reached && (probing || !open)) {
      openings += open ? 0 : 1;
      open = true;
      probeTime = ticker.getAsLong() + pauseNanos;
    } else if (reached && probing) {
      open = false;
    }
    probing = false;
    return open;
  }
}
