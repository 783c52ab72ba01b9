package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that leave. Their slots stay in the rings, never ready: the places of the others are as
 * they were.
 */
final class Removal implements Amendment {
  private final List<Slot> removed;

  /** The slots of all others, in the order of their ids. */
  private final Slot[] left;

  /** What is free of the heap then. */
  private final long bytes;

  private Removal(List<Slot> removed, Slot[] left, long bytes) {
    this.removed = removed;
    this.left = left;
    this.bytes = bytes;
  }

  /** Null also if half of the places would be empty: it is time to make the rings anew. */
  static @Nullable Removal of(Rotation rotation, TokenChange.Removed change) {
    Slot[] before = rotation.slots;
    int[] places =
        change.tokens().stream().mapToInt(id -> Slots.place(before, id)).sorted().toArray();
    int left = before.length - places.length;
    if (places.length == 0 || places[0] < 0 || 2 * left <= rotation.lanes.turns.places()) {
      return null;
    }
    List<Slot> removed = new ArrayList<>(places.length);
    Slot[] others = new Slot[left];
    long bytes = 0;
    int from = 0;
    for (int place : places) {
      Slot slot = before[place];
      removed.add(slot);
      bytes += Footprint.of(slot.token, rotation.limits) - Footprint.EMPTY;
      System.arraycopy(before, from, others, from - (removed.size() - 1), place - from);
      from = place + 1;
    }
    System.arraycopy(before, from, others, from - removed.size(), before.length - from);
    Set<Secret> secrets = rotation.secrets;
    if (secrets != null) {
      bytes += Footprint.ofSecrets(removed.size());
      removed.forEach(slot -> secrets.remove(slot.token.secret()));
    }
    return new Removal(removed, others, bytes);
  }

  @Override
  public void apply(Rotation rotation, Moment moment) {
    rotation.slots = left;
    rotation.fixedBytes -= bytes;
    for (Slot slot : removed) {
      rotation.bench.remove(slot);
      slot.remove();
    }
  }
}
