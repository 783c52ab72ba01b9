package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.BenchReason;
import org.jspecify.annotations.Nullable;

/** How many tokens are on the bench, by reason. Guarded by the stripe of its account. */
final class BenchCounts {
  private static final BenchReason[] REASONS = BenchReason.values();

  /** Null until a token was benched. */
  private int @Nullable [] counts;

  private int size;

  /**
   * How many are in quarantine, and on no bench for a probe. Of all tokens: where callers are
   * confined, nobody asks.
   */
  int probesDue;

  /** Null for no bench. */
  void move(@Nullable BenchReason from, @Nullable BenchReason to) {
    if (counts == null) {
      counts = new int[REASONS.length];
    }
    if (from != null) {
      counts[from.ordinal()]--;
      size--;
    }
    if (to != null) {
      counts[to.ordinal()]++;
      size++;
    }
  }

  int of(BenchReason reason) {
    return counts == null ? 0 : counts[reason.ordinal()];
  }

  /** Whether any is benched for a reason that is over by itself. */
  boolean anyPasses() {
    if (counts != null) {
      for (BenchReason reason : REASONS) {
        if (reason.isPassing() && counts[reason.ordinal()] > 0) {
          return true;
        }
      }
    }
    return false;
  }

  int size() {
    return size;
  }
}
