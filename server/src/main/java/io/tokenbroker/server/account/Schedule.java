package io.tokenbroker.server.account;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that starts periodic jobs, and runs what is due once. A job never overlaps itself.
 * Those that need the store only start here; the others run here, so they must not block, and be
 * shorter than those beside them can wait.
 */
public final class Schedule implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Schedule.class);

  /** After it could not be done, unless it is due sooner anyway. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final ScheduledExecutorService timer;

  /**
   * @param name of the thread
   */
  public Schedule(String name) {
    this(
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            }));
  }

  /**
   * @param timer of one thread; closed by this
   */
  Schedule(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  /** Starts a job, and again so long after each time that it has completed. */
  public void repeat(Duration delay, Supplier<? extends CompletableFuture<?>> job) {
    repeat(delay, delay, () -> job.get().thenApply(done -> true));
  }

  /**
   * The same for a job that tells whether it was done: one that could not be, as the store was
   * away, is due again sooner, so that what has been missed meanwhile is seen soon after.
   */
  public void repeatUntilDone(Duration delay, Supplier<CompletableFuture<Boolean>> job) {
    repeat(delay, delay, job);
  }

  private void repeat(Duration first, Duration delay, Supplier<CompletableFuture<Boolean>> job) {
    timer.schedule(
        () -> {
          try {
            job.get()
                .whenComplete(
                    (done, failure) -> {
                      if (failure != null) {
                        log.error("periodic job failed", failure);
                      }
                      boolean missed = Boolean.FALSE.equals(done) && delay.compareTo(SOON) > 0;
                      repeatUnlessClosed(missed ? SOON : delay, delay, job);
                    });
          } catch (RuntimeException e) {
            log.error("periodic job failed", e);
            repeatUnlessClosed(delay, delay, job);
          }
        },
        first.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /** Runs a task once, so long from now, unless this is closed by then. The task must not block. */
  public void after(long delayNanos, Runnable task) {
    synchronized (timer) {
      if (!timer.isShutdown()) {
        timer.schedule(() -> runLogged(task), delayNanos, TimeUnit.NANOSECONDS);
      }
    }
  }

  private static void runLogged(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("scheduled task failed", e);
    }
  }

  private void repeatUnlessClosed(
      Duration next, Duration delay, Supplier<CompletableFuture<Boolean>> job) {
    synchronized (timer) {
      if (!timer.isShutdown()) {
        repeat(next, delay, job);
      }
    }
  }

  /** Starts nothing any more. */
  @Override
  public void close() {
    synchronized (timer) {
      timer.shutdownNow();
    }
  }
}
