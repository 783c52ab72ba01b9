package io.tokenbroker.server.fleet;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Until when this broker may take itself for a member, by its own monotonic clock alone. Each
 * renewal counts from before it was asked for; the others wait out the whole TTL from when they
 * have seen it. So what is between here and there is never negative, and at least the margin.
 * Extended by one thread, read by any.
 */
final class Tenure {
  private final LongSupplier ticker;
  private final long usableNanos;
  private volatile long until;

  /**
   * @param margin of the TTL is not used: for clocks that don't run equally fast, and for what is
   *     under way when it ends
   */
  Tenure(LongSupplier ticker, Duration ttl, Duration margin) {
    this.ticker = ticker;
    this.usableNanos = ttl.minus(margin).toNanos();
    this.until = ticker.getAsLong();
  }

  /**
   * @param asked when the renewal that has succeeded was asked for
   */
  void renewed(long asked) {
    long next = asked + usableNanos;
    if (next - until > 0) {
      until = next;
    }
  }

  boolean holds() {
    return ticker.getAsLong() - until < 0;
  }
}
