package io.tokenbroker.server.rotation;

import org.jspecify.annotations.Nullable;

/** The returns of one kind, by either clock. Guarded by the stripe of its account. */
final class BenchTimers {
  private final TimeHeap<BenchTimer> byNanos = new TimeHeap<>();
  private final TimeHeap<BenchTimer> byMillis = new TimeHeap<>();

  int size() {
    return byNanos.size() + byMillis.size();
  }

  /** By the clock that has more left; the other is looked at again then. */
  void put(BenchTimer entry, Deadline deadline, Now now) {
    put(entry, deadline.nanos(), deadline.millis(), now);
  }

  void put(BenchTimer entry, long nanos, long millis, Now now) {
    boolean wall =
        millis != Deadline.NEVER
            && (nanos == Deadline.NEVER || now.delayToMillis(millis) > nanos - now.nanos);
    entry.put(wall ? byMillis : byNanos, wall ? millis : nanos);
  }

  /** Takes out one that is due; null if none is. */
  @Nullable BenchTimer due(Now now) {
    BenchTimer first = byNanos.peek();
    if (first == null || first.at > now.nanos) {
      first = byMillis.peek();
      if (first == null || first.at > now.millis) {
        return null;
      }
    }
    first.remove();
    return first;
  }

  /** How long until the first is due, at least {@code 0}; the bound if that is less. */
  long delay(Now now, long bound) {
    return least(now, bound, entry -> 0);
  }

  /** What else delays a slot. */
  interface More {
    /** {@link Long#MAX_VALUE} if the slot does not count. */
    long delay(Slot slot);
  }

  /** The least delay of all slots in it, each with what else delays it. */
  long least(Now now, long bound, More more) {
    long least = byNanos.least(cost(entry -> entry - now.nanos, more), bound);
    return byMillis.least(cost(now::delayToMillis, more), least);
  }

  private static TimeHeap.Cost<BenchTimer> cost(
      java.util.function.LongUnaryOperator delay, More more) {
    return new TimeHeap.Cost<>() {
      @Override
      public long of(BenchTimer entry) {
        return Math.max(least(entry.at), more.delay(entry.slot));
      }

      @Override
      public long least(long at) {
        return Math.max(0, delay.applyAsLong(at));
      }
    };
  }
}
