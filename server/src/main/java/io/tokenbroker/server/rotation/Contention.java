package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import java.util.concurrent.TimeUnit;

/**
 * How many want the same turns: who waited at once lately. Some of them are on their way back with
 * the turn that they had. Guarded by the stripe of its account.
 */
final class Contention {
  private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** In the span that began then, and in the one before. */
  private int most;

  private int mostBefore;
  private long beginNanos;

  private long endNanos = Long.MIN_VALUE;

  /** Takes note of who waits, before they are served: callers if there are several, else calls. */
  void see(Waiters waiters, Moment moment) {
    if (waiters.size() < 2) {
      return;
    }
    int waiting = waiters.callers() > 1 ? waiters.callers() : waiters.size();
    long age = moment.nanos() - beginNanos;
    if (age >= SPAN_NANOS) {
      mostBefore = age < 2 * SPAN_NANOS ? most : 0;
      most = 0;
      beginNanos = moment.nanos();
    }
    most = Math.max(most, waiting);
    endNanos = moment.nanos() + SPAN_NANOS;
  }

  /** Whether several wait, or did within a second. */
  boolean isOn(Moment moment) {
    return moment.nanos() < endNanos;
  }

  int parties() {
    return Math.max(most, mostBefore);
  }
}
