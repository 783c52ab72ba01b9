package io.tokenbroker.server.clock;

import java.time.Duration;
import java.time.Instant;

/**
 * When something ends: on the monotonic clock, and so after a delay that lasts as long however the
 * wall clock is set, at a time on the wall clock, or once both have passed.
 *
 * @param nanos on the monotonic clock, as in {@link Moment}; {@link #OVER} if it says nothing
 * @param millis the same of the wall clock
 */
public record Deadline(long nanos, long millis) {
  /** A time of either clock that has passed. */
  public static final long OVER = Long.MIN_VALUE;

  /** Has passed. */
  public static final Deadline PAST = new Deadline(OVER, OVER);

  /** Does not pass by itself, or nobody knows when. */
  public static final Deadline UNKNOWN = new Deadline(Long.MAX_VALUE, OVER);

  /** On the monotonic clock. */
  public static Deadline atNanos(long nanos) {
    return new Deadline(nanos, OVER);
  }

  /** On the wall clock: rather a millisecond late than early, and 100 years away at most. */
  public static Deadline at(Instant time, Moment moment) {
    return new Deadline(OVER, ceilMillis(time, moment));
  }

  /** After as long as it is to a time on the wall clock now, whatever that clock says later. */
  public static Deadline after(Instant until, Moment moment) {
    Duration longest = Duration.ofNanos(Moment.MAX_DELAY_NANOS);
    Duration delay = Duration.between(moment.instant(), until);
    if (delay.isNegative()) {
      return atNanos(moment.nanos());
    }
    long nanos = delay.compareTo(longest) > 0 ? Moment.MAX_DELAY_NANOS : delay.toNanos();
    return atNanos(moment.nanos() + nanos);
  }

  /** In milliseconds since 1970, rounded up. */
  public static long ceilMillis(Instant time, Moment moment) {
    Instant latest = moment.instant().plusNanos(Moment.MAX_DELAY_NANOS);
    Instant bounded = time.isAfter(latest) ? latest : time;
    return bounded.plusNanos(Moment.NANOS_PER_MILLI - 1).toEpochMilli();
  }

  /** What is left, in nanoseconds; 0 once it has passed, {@link Long#MAX_VALUE} if unknown. */
  public long delay(Moment moment) {
    if (nanos == Long.MAX_VALUE) {
      return nanos;
    }
    return Math.max(
        nanos == OVER ? 0 : Math.max(0, nanos - moment.nanos()),
        millis == OVER ? 0 : moment.delayToMillis(millis));
  }

  /** Whether the wall clock has more left than the monotonic one. */
  public boolean isOnWall(Moment moment) {
    return millis != OVER
        && (nanos == OVER || moment.delayToMillis(millis) > nanos - moment.nanos());
  }
}
