package io.tokenbroker.server.grpc;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * How late event loops come to what they are to do at a time: each is given something to do once a
 * second. Thread-safe.
 */
public final class LoopDelays {
  /** Upper bounds in nanoseconds; timers of a loop are true to a millisecond or so. */
  private static final long[] BOUNDS = {
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    5_000_000_000L,
  };

  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<Probe> probes;
  private final LongSupplier ticker;
  private final DurationCounts delays = new DurationCounts(BOUNDS);

  /**
   * @param loops what has each of them do something after so many nanoseconds
   * @param ticker monotonic nanoseconds
   */
  LoopDelays(List<ObjLongConsumer<Runnable>> loops, LongSupplier ticker) {
    this.ticker = ticker;
    probes = loops.stream().map(Probe::new).toList();
    probes.forEach(Probe::set);
  }

  Reading read() {
    long now = ticker.getAsLong();
    long overdue = 0;
    for (Probe probe : probes) {
      overdue = Math.max(overdue, now - probe.due);
    }
    return new Reading(delays.buckets(), delays.seconds(), DurationCounts.seconds(overdue));
  }

  /** In seconds. */
  public static double[] bounds() {
    return DurationCounts.seconds(BOUNDS);
  }

  /**
   * @param buckets one more than there are bounds, each for itself
   * @param seconds all delays together
   * @param overdueSeconds by how much the loop is late now that is the most: one that hangs is
   *     counted nowhere else
   */
  public record Reading(List<Long> buckets, double seconds, double overdueSeconds) {
    public Reading {
      buckets = List.copyOf(buckets);
    }
  }

  private final class Probe implements Runnable {
    private final ObjLongConsumer<Runnable> loop;
    private volatile long due;

    Probe(ObjLongConsumer<Runnable> loop) {
      this.loop = loop;
    }

    void set() {
      due = ticker.getAsLong() + TICK_NANOS;
      loop.accept(this, TICK_NANOS);
    }

    @Override
    public void run() {
      delays.count(Math.max(0, ticker.getAsLong() - due));
      set();
    }
  }
}
