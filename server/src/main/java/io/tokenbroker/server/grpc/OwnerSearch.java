package io.tokenbroker.server.grpc;

import java.util.concurrent.TimeUnit;

/**
 * For how long a call has looked for the owner of its account, and when it looks again: with
 * growing delays, and not for ever. Used by the thread of its call.
 */
final class OwnerSearch {
  /** For how long a call that does not wait tries to reach an owner. */
  private static final long REACH_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long FIRST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int DOUBLINGS = 5;

  private final long patienceNanos;
  private final long reachNanos;
  private final long begin;
  private int tries;

  /**
   * @param begin monotonic nanoseconds
   * @param patienceNanos after which nobody is looked for any more
   * @param lasts whether it is for a call that waits, or a stream; others have less patience with
   *     an owner that can't be reached
   */
  OwnerSearch(long begin, long patienceNanos, boolean lasts) {
    this.begin = begin;
    this.patienceNanos = patienceNanos;
    this.reachNanos = lasts ? patienceNanos : Math.min(patienceNanos, REACH_NANOS);
  }

  /**
   * Whether there is no patience left.
   *
   * @param unreached whether there is an owner that can't be reached; one that hands over is waited
   *     for
   */
  boolean isOver(long now, boolean unreached) {
    return now - begin > (unreached ? reachNanos : patienceNanos);
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
