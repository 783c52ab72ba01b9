package io.tokenbroker.client.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Makes calls, each on time while fewer than so many are open, and else as soon as one of those is
 * answered. What a call takes is counted from when it was to begin: so an answer that comes late
 * counts for all that had to wait behind it, too (Gil Tene's "coordinated omission").
 */
public final class Load {
  private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Pacing pacing;
  private final int concurrency;
  private final Runnable call;
  private final Function<RuntimeException, String> reason;
  private final AtomicLong next = new AtomicLong();
  private final Counts counts = new Counts();

  /**
   * @param concurrency how many calls may be open; each has a thread
   * @param call blocks until it is answered; throws if it fails
   * @param reason why it failed, in a word
   */
  public Load(
      Pacing pacing, int concurrency, Runnable call, Function<RuntimeException, String> reason) {
    this.pacing = pacing;
    this.concurrency = concurrency;
    this.call = call;
    this.reason = reason;
  }

  /**
   * Blocks until all calls are answered.
   *
   * @param progress is told once a second what the past second brought
   */
  public Measured run(Consumer<Measured> progress) throws InterruptedException {
    long begin = System.nanoTime();
    CountDownLatch open = new CountDownLatch(concurrency);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < concurrency; i++) {
      Thread thread = new Thread(() -> work(begin, open), "bench-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    try {
      Measured all = Measured.NOTHING;
      boolean ended = false;
      while (!ended) {
        ended = open.await(TELL_NANOS, TimeUnit.NANOSECONDS);
        Measured lately = counts.take();
        all = all.and(lately);
        progress.accept(lately);
      }
      // a call may be answered long after the last one has begun, or the last begin long before
      long took = System.nanoTime() - begin - pacing.ramp().toNanos();
      return all.within(Math.max(pacing.duration().toNanos(), took) / 1e9);
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }

  private void work(long begin, CountDownLatch open) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long due = pacing.due(next.getAndIncrement());
        if (due >= pacing.end()) {
          return;
        }
        sleepUntil(begin + due);
        long now = System.nanoTime();
        if (now - begin >= pacing.end()) {
          return; // also of those that should have begun long ago: see Pacing.calls
        }
        long from = pacing.isOpen() ? begin + due : now;
        call(from, from - begin >= pacing.ramp().toNanos());
      }
    } finally {
      open.countDown();
    }
  }

  private static void sleepUntil(long time) {
    long left = time - System.nanoTime();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
      left = time - System.nanoTime();
    }
  }

  private void call(long due, boolean counted) {
    try {
      call.run();
      if (counted) {
        counts.answered(System.nanoTime() - due);
      }
    } catch (RuntimeException e) {
      if (counted) {
        counts.failed(reason.apply(e));
      }
    }
  }

  /** Of many threads. */
  private static final class Counts {
    private Histogram histogram = Measured.histogram();
    private Map<String, Long> failures = new TreeMap<>();

    synchronized void answered(long nanos) {
      histogram.recordValue(Math.max(1, nanos));
    }

    synchronized void failed(String why) {
      failures.merge(why, 1L, Long::sum);
    }

    synchronized Measured take() {
      Measured taken = new Measured(histogram, failures, 1);
      histogram = Measured.histogram();
      failures = new TreeMap<>();
      return taken;
    }
  }
}
