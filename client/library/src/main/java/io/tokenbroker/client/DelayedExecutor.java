package io.tokenbroker.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a task after a while, on some other thread. */
interface DelayedExecutor {
  /** By the timer and the common pool that the JDK has anyway. */
  DelayedExecutor JDK =
      (delay, task) ->
          CompletableFuture.delayedExecutor(Durations.saturatedNanos(delay), TimeUnit.NANOSECONDS)
              .execute(task);

  void run(Duration delay, Runnable task);
}
