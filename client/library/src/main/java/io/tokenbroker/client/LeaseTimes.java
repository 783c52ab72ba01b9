package io.tokenbroker.client;

import io.tokenbroker.v1.Lease;
import java.time.Duration;

/**
 * How long a lease surely holds, by the monotonic time of this process. The database's clock says
 * when a lease ends; of it only differences are used.
 */
final class LeaseTimes {
  private static final long LONGEST_MARGIN_NANOS = 1_000_000_000;

  private LeaseTimes() {}

  /** What was granted last; at least a millisecond. */
  static Duration ttl(Lease granted) {
    Duration ttl =
        Duration.between(
            Messages.instant(granted.getAcquireTime()), Messages.instant(granted.getExpireTime()));
    return ttl.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : ttl;
  }

  /**
   * A tenth of the TTL, at most a second, is kept for noticing.
   *
   * @param begunNanos no later than the grant or renewal
   */
  static long sureUntil(long begunNanos, Duration ttl) {
    long nanos = Durations.saturatedNanos(ttl);
    return begunNanos + nanos - Math.min(nanos / 10, LONGEST_MARGIN_NANOS);
  }
}
