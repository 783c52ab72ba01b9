package io.tokenbroker.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next connection: 100 ms, doubled with every failure up to 5 s, of
 * which a random half is taken off so that clients do not come in step. Not thread-safe.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final DoubleSupplier random;
  private Duration next = FIRST;

  /**
   * @param random gives numbers from 0 to below 1
   */
  Backoff(DoubleSupplier random) {
    this.random = random;
  }

  /**
   * @param atLeast what the broker asked for; the random part then comes on top
   */
  Duration next(@Nullable Duration atLeast) {
    long half = next.toNanos() / 2;
    Duration jitter = Duration.ofNanos((long) (half * random.getAsDouble()));
    Duration delay = Duration.ofNanos(half).plus(jitter);
    if (atLeast != null && delay.compareTo(atLeast) < 0) {
      delay = atLeast.plus(jitter);
    }
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    return delay;
  }

  void reset() {
    next = FIRST;
  }
}
