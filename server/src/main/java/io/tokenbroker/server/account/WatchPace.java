package io.tokenbroker.server.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.clock.Alarm;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** When what watchers cost is done: by one executor, at a bounded rate. Thread-safe. */
final class WatchPace {
  /** Between two snapshots of an account. */
  static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What all watchers together may take of the processors and connections. */
  static final long BYTES_PER_SECOND = 64 * 1024 * 1024;

  private final Alarm alarm;
  private final Executor executor;
  private final LongSupplier ticker;

  @GuardedBy("this")
  private long free;

  WatchPace(Alarm alarm, Executor executor, LongSupplier ticker) {
    this.alarm = alarm;
    this.executor = executor;
    this.ticker = ticker;
    this.free = ticker.getAsLong();
  }

  long now() {
    return ticker.getAsLong();
  }

  /** Does something at a time of the ticker, or now if that has passed. */
  void at(long nanos, Runnable task) {
    long delay = nanos - now();
    if (delay <= 0) {
      executor.execute(task);
    } else {
      alarm.after(delay, () -> executor.execute(task));
    }
  }

  /** Goes on when these bytes, and all before them, have had their time. */
  void afterBytes(long bytes, Runnable task) {
    at(spend(bytes), task);
  }

  /** Tells when these bytes, and all before them, have had their time. */
  synchronized long spend(long bytes) {
    long now = now();
    free = (free - now > 0 ? free : now) + bytes * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND;
    return free;
  }
}
