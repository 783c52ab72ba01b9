package io.tokenbroker.client;

import java.time.Duration;

/**
 * What a turn is for, and how long it may be waited for.
 *
 * @param scope what the token will be used for, say a model or an endpoint: tokens that cool for it
 *     are passed over. Up to 255 characters; empty for none
 * @param maxWait how long to wait while no token is ready: the broker keeps the call in the order
 *     of arrival, and says at the end why there was none. A broker that says nothing is waited for
 *     2 s longer. Zero fails at once; never negative. An earlier deadline of the gRPC context holds
 *     as well
 */
public record TurnOptions(String scope, Duration maxWait) {
  /** For the broker's own answer, which says why there was no token, to come after a wait. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** As much as the contract has room for. */
  private static final Duration LONGEST = Duration.ofDays(366);

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

  /** What the broker is told. */
  com.google.protobuf.Duration longestWait() {
    return Messages.duration(maxWait.compareTo(LONGEST) < 0 ? maxWait : LONGEST);
  }

  /** How long to wait for the broker. */
  Duration patience() {
    return maxWait.compareTo(LONGEST) < 0 ? maxWait.plus(GRACE) : maxWait;
  }
}
