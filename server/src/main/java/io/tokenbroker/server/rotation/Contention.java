package io.tokenbroker.server.rotation;

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

  /** Takes note of how many wait, before they are served. */
  void see(int waiting, Now now) {
    if (waiting < 2) {
      return;
    }
    long age = now.nanos - beginNanos;
    if (age >= SPAN_NANOS) {
      mostBefore = age < 2 * SPAN_NANOS ? most : 0;
      most = 0;
      beginNanos = now.nanos;
    }
    most = Math.max(most, waiting);
    endNanos = now.nanos + SPAN_NANOS;
  }

  /** Whether several wait, or did within a second. */
  boolean isOn(Now now) {
    return now.nanos < endNanos;
  }

  int parties() {
    return Math.max(most, mostBefore);
  }
}
