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

  private final ScheduledExecutorService timer;

  /**
   * @param name of the thread
   */
  public Schedule(String name) {
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Starts a job, and again so long after each time that it has completed. */
  public void repeat(Duration delay, Supplier<? extends CompletableFuture<?>> job) {
    timer.schedule(
        () -> {
          try {
            job.get()
                .whenComplete(
                    (done, failure) -> {
                      if (failure != null) {
                        log.error("periodic job failed", failure);
                      }
                      repeatUnlessClosed(delay, job);
                    });
          } catch (RuntimeException e) {
            log.error("periodic job failed", e);
            repeatUnlessClosed(delay, job);
          }
        },
        delay.toNanos(),
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

  private void repeatUnlessClosed(Duration delay, Supplier<? extends CompletableFuture<?>> job) {
    synchronized (timer) {
      if (!timer.isShutdown()) {
        repeat(delay, job);
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
