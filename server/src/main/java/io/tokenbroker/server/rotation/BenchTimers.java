package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.clock.TimerHeap;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The returns of one kind, by either clock. Guarded by the stripe of its account. */
final class BenchTimers {
  /** Under a stripe: some microseconds. */
  private static final int MOST_LOOKS = 1_000;

  private final TimerHeap<BenchTimer> byNanos = new TimerHeap<>();
  private final TimerHeap<BenchTimer> byMillis = new TimerHeap<>();

  int size() {
    return byNanos.size() + byMillis.size();
  }

  List<Slot> slots() {
    return Stream.of(byNanos, byMillis)
        .flatMap(heap -> heap.items().stream())
        .map(entry -> entry.slot)
        .toList();
  }

  /** By the clock that has more left; the other is looked at again then. */
  void put(BenchTimer entry, Deadline deadline, Moment moment) {
    if (deadline.isOnWall(moment)) {
      entry.put(byMillis, deadline.millis());
    } else {
      entry.put(byNanos, deadline.nanos());
    }
  }

  /** Takes out one that is due; null if none is. */
  @Nullable BenchTimer due(Moment moment) {
    BenchTimer first = byNanos.due(moment.nanos());
    if (first == null) {
      first = byMillis.due(moment.millis());
    }
    if (first != null) {
      first.remove();
    }
    return first;
  }

  /**
   * How many of those that are due within so many nanoseconds count; only some are looked at, if
   * there are very many.
   */
  int due(long within, int most, Predicate<Slot> counts, Moment moment) {
    Predicate<BenchTimer> timer = entry -> counts.test(entry.slot);
    int found = byNanos.count(moment.nanos() + within, most, MOST_LOOKS, timer);
    long millis = moment.millis() + within / Moment.NANOS_PER_MILLI;
    return found + byMillis.count(millis, most - found, MOST_LOOKS, timer);
  }

  /** How long until the first is due, at least {@code 0}; the bound if that is less. */
  long delay(Moment moment, long bound) {
    return least(moment, bound, entry -> 0);
  }

  /** What else delays a slot. */
  interface More {
    /** {@link Long#MAX_VALUE} if the slot does not count. */
    long delay(Slot slot);
  }

  /** The least delay of all slots in it, each with what else delays it. */
  long least(Moment moment, long bound, More more) {
    long least = byNanos.least(cost(entry -> entry - moment.nanos(), more), bound);
    return byMillis.least(cost(moment::delayToMillis, more), least);
  }

  private static TimerHeap.Cost<BenchTimer> cost(LongUnaryOperator delay, More more) {
    return new TimerHeap.Cost<>() {
      @Override
      public long of(BenchTimer entry) {
        return Math.max(least(entry.at()), more.delay(entry.slot));
      }

      @Override
      public long least(long at) {
        return Math.max(0, delay.applyAsLong(at));
      }
    };
  }
}
