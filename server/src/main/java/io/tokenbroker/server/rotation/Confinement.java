package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Labels;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of an account that some callers are confined to, for the lanes of these callers.
 * Guarded by the stripe of its account.
 */
final class Confinement {
  final Labels labels;
  final BenchCounts counts = new BenchCounts();

  /** What each of its lanes begins with: no token of it cools for one scope alone. */
  private final TurnOrder start;

  private int tokens;

  /**
   * @param like any order of the account
   */
  Confinement(Labels labels, TurnOrder like) {
    this.labels = labels;
    this.start = new TurnOrder(like);
    like.forEach(
        slot -> {
          join(slot);
          place(slot);
        });
  }

  boolean includes(Slot slot) {
    return labels.include(slot.token.settings().label());
  }

  /** How many tokens it has, benched or not. */
  int tokens() {
    return tokens;
  }

  TurnOrder begin() {
    return new TurnOrder(start);
  }

  void place(Slot slot) {
    start.set(slot, slot.benched == null && includes(slot));
  }

  void count(Slot slot, @Nullable BenchReason from, @Nullable BenchReason to) {
    if (includes(slot)) {
      counts.move(from, to);
    }
  }

  /**
   * Takes in tokens that are on no bench yet.
   *
   * @param rings all slots of each then
   */
  void grow(Slot[] added, Slot[][] rings) {
    start.grow(rings);
    for (Slot slot : added) {
      join(slot);
    }
  }

  /** Counts a token, if it is one of these. */
  void join(Slot slot) {
    if (includes(slot)) {
      tokens++;
      counts.move(null, slot.benched);
    }
  }

  /** Counts it no more. */
  void leave(Slot slot) {
    if (includes(slot)) {
      tokens--;
      counts.move(slot.benched, null);
    }
  }

  /** Takes out one that has left. */
  void remove(Slot slot) {
    start.set(slot, false);
  }
}
