package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.BenchReason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * The tokens of an account that may not be handed out, each with its reason, and those that will
 * have to leave their ring at a known time. Guarded by the stripe of its account.
 */
final class Bench {
  private final int[] counts = new int[BenchReason.values().length];

  /** Slots in a ring whose tokens expire, the earliest first. */
  private final ArrayDeque<Slot> expiring;

  Bench(List<Slot> slots) {
    List<Slot> withExpiry = new ArrayList<>();
    for (Slot slot : slots) {
      if (!slot.token.settings().enabled()) {
        put(slot, BenchReason.DISABLED);
      } else if (slot.token.settings().expireTime() != null) {
        withExpiry.add(slot);
      }
    }
    withExpiry.sort(Comparator.comparingLong(Bench::expiry));
    expiring = new ArrayDeque<>(withExpiry);
  }

  /** Benches what has expired; tells whether that was anything. */
  boolean expire(long nowMillis) {
    boolean changed = false;
    for (Slot slot = expiring.peek();
        slot != null && expiry(slot) <= nowMillis;
        slot = expiring.peek()) {
      put(expiring.remove(), BenchReason.EXPIRED);
      changed = true;
    }
    return changed;
  }

  private void put(Slot slot, BenchReason reason) {
    slot.benched = reason;
    slot.ring.leave(slot);
    counts[reason.ordinal()]++;
  }

  int count(BenchReason reason) {
    return counts[reason.ordinal()];
  }

  int size() {
    int size = 0;
    for (int count : counts) {
      size += count;
    }
    return size;
  }

  /** In milliseconds since 1970, rounded down: rather a millisecond early than handed out late. */
  private static long expiry(Slot slot) {
    return Objects.requireNonNull(slot.token.settings().expireTime()).toEpochMilli();
  }
}
