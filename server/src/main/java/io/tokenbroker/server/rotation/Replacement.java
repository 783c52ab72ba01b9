package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import org.jspecify.annotations.Nullable;

/**
 * Other settings of a token, but for its weight, which says in which ring it is.
 *
 * @param bytes what it takes of the heap beyond what it took
 */
record Replacement(Slot slot, Token fresh, long bytes) implements Amendment {
  static @Nullable Replacement of(Rotation rotation, TokenChange.Updated change) {
    Slot slot = rotation.find(change.before().id());
    if (slot == null || !slot.token.settings().equals(change.before().settings())) {
      return null;
    }
    Token before = slot.token;
    Token fresh = new Token(before.id(), before.secret(), change.after().settings());
    if (fresh.weight() != before.weight() || !Amendment.tellsLimitsOf(fresh, rotation.slots)) {
      return null;
    }
    long bytes = Footprint.of(fresh, rotation.limits) - Footprint.of(before, rotation.limits);
    return new Replacement(slot, fresh, bytes);
  }

  @Override
  public void apply(Rotation rotation, Moment moment) {
    rotation.fixedBytes += bytes;
    rotation.bench.leave(slot);
    slot.token = fresh;
    rotation.bench.rejoin(slot, moment);
    rotation.settle(new Slot[] {slot}, moment);
    rotation.bench.review(slot, moment);
  }
}
