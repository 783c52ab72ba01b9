package io.tokenbroker.server.rotation;

import java.util.Iterator;
import java.util.LinkedHashMap;

/**
 * The turns of a token that were handed out and not reported yet: what an upstream says is left may
 * not know of them. Guarded by the stripe of its account.
 */
final class InFlight {
  /** With more, the oldest are forgotten. */
  static final int MAX = 1_000;

  private final long timeoutNanos;

  /** When each turn is no longer taken for in flight, the oldest first. */
  private final LinkedHashMap<Long, Long> untilNanos = new LinkedHashMap<>();

  /**
   * @param unknown how many turns were handed out before turns were counted; they have numbers
   *     below 0 here
   */
  InFlight(long timeoutNanos, long unknown, Now now) {
    this.timeoutNanos = timeoutNanos;
    for (long i = 1; i <= Math.min(unknown, MAX); i++) {
      add(-i, now);
    }
  }

  void add(long turn, Now now) {
    untilNanos.put(turn, now.nanos + timeoutNanos);
    if (untilNanos.size() > MAX) {
      removeFirst();
    }
  }

  private void removeFirst() {
    Iterator<Long> turns = untilNanos.keySet().iterator();
    turns.next();
    turns.remove();
  }

  /** Ends a turn; 0 stands for any: the oldest. */
  void end(long turn, Now now) {
    if (untilNanos.remove(turn) != null || count(now) == 0) {
      return;
    }
    if (turn == 0 || untilNanos.keySet().iterator().next() < 0) {
      removeFirst();
    }
  }

  int count(Now now) {
    Iterator<Long> times = untilNanos.values().iterator();
    while (times.hasNext() && times.next() <= now.nanos) {
      times.remove();
    }
    return untilNanos.size();
  }
}
