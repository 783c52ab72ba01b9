package io.tokenbroker.server.rotation;

/**
 * The time of what is being done to a rotation. Guarded by the stripe of its account, and set
 * whenever the stripe is taken.
 */
final class Now {
  /** Longer delays are taken for as long as this: it fits a long many times over. */
  static final long MAX_DELAY_NANOS = 100L * 365 * 24 * 3600 * 1_000_000_000;

  static final long NANOS_PER_MILLI = 1_000_000;

  /** Monotonic, from some point on. */
  long nanos;

  /** Since 1970; may jump. */
  long millis;

  /** What is left of a time on the wall clock, as a delay in nanoseconds. */
  long delayToMillis(long time) {
    return Math.min(MAX_DELAY_NANOS / NANOS_PER_MILLI, time - millis) * NANOS_PER_MILLI;
  }
}
