package io.tokenbroker.client;

import java.time.Duration;

/** Durations as nanoseconds. */
final class Durations {
  private static final Duration LONGEST = Duration.ofDays(100L * 365);

  private Durations() {}

  /** At most 100 years, so that adding it to a clock never overflows; at least 0. */
  static long saturatedNanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    return (duration.compareTo(LONGEST) > 0 ? LONGEST : duration).toNanos();
  }
}
