package io.tokenbroker.server.torture.embedded;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The numbers of an account's turns across crashes: those of about the last second may come again,
 * and no others. Not thread-safe.
 */
final class TurnNumbers {
  private final Deque<Seen> seen = new ArrayDeque<>();
  private long saved;
  private long newest;
  private int open;

  private record Seen(long nanos, long number) {}

  void handedOut(long number) {
    newest = Math.max(newest, number);
    seen.addLast(new Seen(System.nanoTime(), number));
  }

  /** A turn may have been made that nobody saw. */
  void mayHaveBeenHandedOut() {
    open++;
  }

  /** The account was deleted, or may have been: its numbers may begin again. */
  void restart() {
    seen.clear();
    saved = 0;
  }

  /** The process was killed. */
  void crashed(long savedBefore) {
    for (Seen turn : seen) {
      if (turn.nanos - savedBefore <= 0) {
        saved = Math.max(saved, turn.number);
      }
    }
    seen.clear();
  }

  void checkFirst(String account, long number, Findings findings) {
    if (number <= saved) {
      findings.lost("turns", "%s began with %d again after %d".formatted(account, number, saved));
    }
    if (number > newest + open + 1) {
      findings.other(
          "skipped turns", "%s went on with %d after %d".formatted(account, number, newest));
    }
    open = 0;
  }
}
