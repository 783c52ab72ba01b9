package io.tokenbroker.client;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A client's own threads, so that renewals never wait for what a program does in the common pool:
 * one for what is due later, which never blocks, and one that runs callbacks of the program, one
 * after the other. They are daemons and start with their first task.
 */
final class Background implements DelayedExecutor, Executor, AutoCloseable {
  private static final ThreadFactory DAEMONS =
      task -> {
        Thread thread = new Thread(task, "tokenbroker-client");
        thread.setDaemon(true);
        return thread;
      };

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, DAEMONS);
  private final ThreadPoolExecutor callbacks =
      new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DAEMONS);

  Background() {
    callbacks.allowCoreThreadTimeOut(true);
  }

  /** Does nothing after {@link #close}. */
  @Override
  public void run(Duration delay, Runnable task) {
    try {
      var unused = timer.schedule(task, Durations.saturatedNanos(delay), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // closed: nothing is due any more
    }
  }

  /** Runs a callback of the program. */
  @Override
  public void execute(Runnable callback) {
    try {
      callbacks.execute(callback);
    } catch (RejectedExecutionException e) {
      // closed: nobody is told any more
    }
  }

  /** Drops what is due later; callbacks that wait are still run. */
  @Override
  public void close() {
    timer.shutdownNow();
    callbacks.shutdown();
  }
}
