package io.tokenbroker.server.clock;

import java.time.Instant;

/**
 * The time of something that is done: made once, when its stripe is taken, and handed down, so that
 * all of it happens at the same time.
 *
 * @param nanos monotonic, since the broker's {@link Clock} began
 * @param millis on the wall clock, since 1970; may jump
 */
public record Moment(long nanos, long millis) {
  /** For what does not depend on time: no clock is read. */
  public static final Moment ANY = new Moment(0, 0);

  /** Longer delays are taken for as long as this: it fits a long many times over. */
  public static final long MAX_DELAY_NANOS = 100L * 365 * 24 * 3600 * 1_000_000_000;

  public static final long NANOS_PER_MILLI = 1_000_000;

  /** The wall clock, to the millisecond. */
  public Instant instant() {
    return Instant.ofEpochMilli(millis);
  }

  /** What is left of a time on the wall clock, as a delay in nanoseconds. */
  public long delayToMillis(long time) {
    return Math.min(MAX_DELAY_NANOS / NANOS_PER_MILLI, time - millis) * NANOS_PER_MILLI;
  }
}
