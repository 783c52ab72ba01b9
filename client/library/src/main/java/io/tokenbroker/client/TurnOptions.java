package io.tokenbroker.client;

import java.time.Duration;

/**
 * What a turn is for, and how long it may be waited for.
 *
 * @param scope what the token will be used for, say a model or an endpoint: tokens that cool for it
 *     are passed over. Up to 255 characters; empty for none
 * @param maxWait how long the call may take, all in all, while no token is ready: the broker keeps
 *     it in the order of arrival. Zero fails at once; never negative. An earlier deadline of the
 *     gRPC context holds as well
 */
public record TurnOptions(String scope, Duration maxWait) {
  /** No scope, no waiting. */
  public static final TurnOptions DEFAULT = new TurnOptions("", Duration.ZERO);

  /** Leaves the scope to the broker to judge. */
  public TurnOptions {
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException("maxWait must not be negative, is " + maxWait);
    }
  }

  public TurnOptions withScope(String scope) {
    return new TurnOptions(scope, maxWait);
  }

  public TurnOptions withMaxWait(Duration maxWait) {
    return new TurnOptions(scope, maxWait);
  }

  boolean waits() {
    return !maxWait.isZero();
  }
}
