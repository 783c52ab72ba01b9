package io.tokenbroker.server.grpc;

import java.util.concurrent.TimeUnit;

/**
 * For how long a call has looked for the owner of its account, and when it looks again: with
 * growing delays, and not for ever. Used by the thread of its call.
 */
final class OwnerSearch {
  /** For how long a call that does not wait looks for an owner. */
  private static final long UNARY_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long FIRST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int DOUBLINGS = 5;

  private final long patienceNanos;

  private final long begin;
  private int tries;

  /**
   * @param begin monotonic nanoseconds
   * @param patienceNanos after which nobody is looked for any more
   * @param lasts whether it is for a call that waits, or a stream; others have less patience
   */
  OwnerSearch(long begin, long patienceNanos, boolean lasts) {
    this.begin = begin;
    this.patienceNanos = lasts ? patienceNanos : Math.min(patienceNanos, UNARY_NANOS);
  }

  /** Whether there is no patience left. */
  boolean isOver(long now) {
    return now - begin > patienceNanos;
  }

  /**
   * When to look again, in nanoseconds.
   *
   * @param least unless that is too long
   */
  long nextDelay(long least) {
    long delay = tries == 0 ? 0 : FIRST_DELAY_NANOS << Math.min(tries, DOUBLINGS);
    tries++;
    return Math.max(delay, Math.min(least, FIRST_DELAY_NANOS << DOUBLINGS));
  }
}
