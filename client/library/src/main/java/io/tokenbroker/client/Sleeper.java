package io.tokenbroker.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Blocks the thread for a while. */
interface Sleeper {
  Sleeper SLEEP = delay -> TimeUnit.NANOSECONDS.sleep(Durations.saturatedNanos(delay));

  void of(Duration delay) throws InterruptedException;
}
