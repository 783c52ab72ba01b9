package io.tokenbroker.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a task after a while, on some other thread. */
interface Later {
  /** By the timer and the common pool that the JDK has anyway. */
  Later JDK =
      (delay, task) ->
          CompletableFuture.delayedExecutor(Durations.saturatedNanos(delay), TimeUnit.NANOSECONDS)
              .execute(task);

  void run(Duration delay, Runnable task);
}
