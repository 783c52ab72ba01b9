package io.tokenbroker.server.limit;

import java.util.Arrays;

/**
 * The numbers of the newest turns of a token. What an upstream said is left, when it answered one
 * of them, knows nothing of those after it. Guarded by the stripe of its account.
 */
final class NewestTurns {
  /** With more, the oldest are forgotten. A power of two. */
  static final int MAX = 1_024;

  private long[] turns = new long[16];
  private int size;
  private int next;

  int bytes() {
    return Long.BYTES * turns.length;
  }

  /** Adds one that is higher than all before it. */
  void add(long turn) {
    if (size == turns.length && size < MAX) {
      // full for the first time, so in order from the start
      turns = Arrays.copyOf(turns, 2 * size);
      next = size;
    }
    turns[next] = turn;
    next = (next + 1) & (turns.length - 1);
    size = Math.min(size + 1, turns.length);
  }

  /** Takes out the newest one, if it is that; another one counts as if it had been handed out. */
  void remove(long turn) {
    int last = (next - 1) & (turns.length - 1);
    if (size > 0 && turns[last] == turn) {
      next = last;
      size--;
    }
  }

  /** How many are after a turn. */
  int after(long turn) {
    int count = 0;
    while (count < size && turns[(next - 1 - count) & (turns.length - 1)] > turn) {
      count++;
    }
    return count;
  }
}
