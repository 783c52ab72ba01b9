package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.clock.TimerHeap;
import io.tokenbroker.server.model.BenchReason;
import java.time.Instant;
import java.util.List;

/**
 * The slots with leases, by when the first lease of each ends: who is told when a token is free is
 * not to wait for a walk over all of them. Guarded by the stripe of its account.
 */
final class LeaseEnds {
  /** In nanoseconds: one that should have ended is being renewed or ended now. */
  static final long SHORTEST = 100_000_000;

  /** In nanoseconds since 1970; behind all that ends. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  private static final Instant LATEST = Instant.ofEpochSecond(0, UNKNOWN - 1);

  private final TimerHeap<BenchTimer> byEnd = new TimerHeap<>();

  boolean isEmpty() {
    return byEnd.size() == 0;
  }

  List<Slot> slots() {
    return byEnd.items().stream().map(entry -> entry.slot).toList();
  }

  /** Adds a slot, or moves it: to be called when anything about its leases or its bench changed. */
  void put(Slot slot) {
    slot.lease().put(byEnd, end(slot));
  }

  private static long end(Slot slot) {
    Instant end = slot.leaseEnd();
    if (end == null || slot.benched != BenchReason.LEASED) {
      return UNKNOWN;
    }
    Instant bounded = end.isAfter(LATEST) ? LATEST : end;
    return bounded.getEpochSecond() * 1_000_000_000 + bounded.getNano();
  }

  /**
   * How long until the first slot is free of a lease and of what else delays it, in nanoseconds, of
   * those that nothing but a lease keeps for good; {@link Long#MAX_VALUE} if nobody knows.
   */
  long delay(Moment moment, BenchTimers.More more) {
    TimerHeap.Cost<BenchTimer> cost =
        new TimerHeap.Cost<>() {
          @Override
          public long of(BenchTimer entry) {
            return Math.max(least(entry.at()), more.delay(entry.slot));
          }

          @Override
          public long least(long at) {
            return at == UNKNOWN
                ? Long.MAX_VALUE
                : Math.max(SHORTEST, at - moment.millis() * Moment.NANOS_PER_MILLI);
          }
        };
    return byEnd.least(cost, Long.MAX_VALUE);
  }
}
