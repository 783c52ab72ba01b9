package io.tokenbroker.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a lease is acquired.
 *
 * @param holder tells operators who has the lease, 1 to 255 characters
 * @param scope what the token will be used for; see {@link TurnOptions#scope}
 * @param ttl how long the lease lasts unless it is renewed, 1 s to 1 h by default; null for the
 *     account's default, 30 s
 * @param maxWait how long to wait while no token is ready; zero fails at once. See {@link
 *     TurnOptions#maxWait}
 */
public record LeaseOptions(String holder, String scope, @Nullable Duration ttl, Duration maxWait) {
  public LeaseOptions {
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException("maxWait must not be negative, is " + maxWait);
    }
  }

  /** No scope, the account's TTL, no waiting. */
  public static LeaseOptions of(String holder) {
    return new LeaseOptions(holder, "", null, Duration.ZERO);
  }

  public LeaseOptions withScope(String scope) {
    return new LeaseOptions(holder, scope, ttl, maxWait);
  }

  public LeaseOptions withTtl(Duration ttl) {
    return new LeaseOptions(holder, scope, ttl, maxWait);
  }

  public LeaseOptions withMaxWait(Duration maxWait) {
    return new LeaseOptions(holder, scope, ttl, maxWait);
  }
}
