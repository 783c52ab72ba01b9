package io.tokenbroker.server.model;

import java.time.Duration;

/** A wait for people to read; programs have RetryInfo. */
final class WaitText {
  private WaitText() {}

  /** {@code 3.25 s}, from a minute on in two units, such as {@code 23h57m}; rounded up. */
  static String of(Duration wait) {
    if (wait.toSeconds() < 60) {
      return wait.toMillis() / 1000.0 + " s";
    }
    long seconds = wait.plusNanos(999_999_999).toSeconds();
    if (seconds < 3600) {
      return two(seconds, 60, "m", "s");
    }
    long minutes = (seconds + 59) / 60;
    return minutes < 1440 ? two(minutes, 60, "h", "m") : two((minutes + 59) / 60, 24, "d", "h");
  }

  private static String two(long count, long unit, String large, String small) {
    return count / unit + large + (count % unit == 0 ? "" : count % unit + small);
  }
}
