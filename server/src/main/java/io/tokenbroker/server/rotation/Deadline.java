package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Health.Cooldown;
import java.time.Duration;
import java.time.Instant;

/**
 * When a bench ends: a delay on the monotonic clock, which lasts as long however the wall clock is
 * set, or a time on the wall clock. The other of the two is {@link #NEVER}, which is past.
 */
record Deadline(long nanos, long millis) {
  static final long NEVER = Long.MIN_VALUE;
  static final Deadline PAST = new Deadline(NEVER, NEVER);

  static Deadline of(Cooldown cooldown, Instant instant, Now now) {
    return cooldown.fixed()
        ? new Deadline(NEVER, ceilMillis(cooldown.until(), now))
        : after(instant, cooldown.until(), now);
  }

  /** A time that was made by adding a delay to the present time of the wall clock. */
  static Deadline after(Instant instant, Instant until, Now now) {
    Duration longest = Duration.ofNanos(Now.MAX_DELAY_NANOS);
    Duration delay = Duration.between(instant, until);
    long nanos = delay.compareTo(longest) > 0 ? Now.MAX_DELAY_NANOS : Math.max(0, nanos(delay));
    return new Deadline(now.nanos + nanos, NEVER);
  }

  private static long nanos(Duration delay) {
    return delay.isNegative() ? 0 : delay.toNanos();
  }

  static long ceilMillis(Instant time, Now now) {
    Instant latest = Instant.ofEpochMilli(now.millis).plusNanos(Now.MAX_DELAY_NANOS);
    Instant bounded = time.isAfter(latest) ? latest : time;
    // rather a millisecond late than early
    return bounded.plusNanos(Now.NANOS_PER_MILLI - 1).toEpochMilli();
  }

  /** What is left, in nanoseconds; 0 or less once it has passed. */
  long delay(Now now) {
    return Math.max(left(nanos, now.nanos), millis == NEVER ? 0 : now.delayToMillis(millis));
  }

  private static long left(long time, long now) {
    return time == NEVER ? 0 : time - now;
  }
}
