package io.tokenbroker.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link LeaseStream} is supplied.
 *
 * @param holder who has the leases, 1 to 255 characters. Of two streams with the same account,
 *     scope and holder the later one takes over the leases: give each worker process its own, and
 *     the same again after a restart
 * @param window how many leases at once, 1 to 1,000
 * @param scope what the tokens will be used for; see {@link TurnOptions#scope}
 * @param ttl how long a lease outlives the broker; null for the account's default, 30 s
 */
public record LeaseStreamOptions(String holder, int window, String scope, @Nullable Duration ttl) {
  public LeaseStreamOptions {
    if (window < 1) {
      throw new IllegalArgumentException("window must be at least 1, is " + window);
    }
  }

  /** One lease at a time, no scope, the account's TTL. */
  public static LeaseStreamOptions of(String holder) {
    return new LeaseStreamOptions(holder, 1, "", null);
  }

  public LeaseStreamOptions withWindow(int window) {
    return new LeaseStreamOptions(holder, window, scope, ttl);
  }

  public LeaseStreamOptions withScope(String scope) {
    return new LeaseStreamOptions(holder, window, scope, ttl);
  }

  public LeaseStreamOptions withTtl(Duration ttl) {
    return new LeaseStreamOptions(holder, window, scope, ttl);
  }
}
