package io.tokenbroker.client;

import java.time.Duration;

/**
 * How often and how long {@link TokenBrokerClient#withToken} tries.
 *
 * @param scope what the token will be used for; see {@link TurnOptions#scope}
 * @param within the time for all attempts and the waits between them, positive. An attempt that
 *     runs is not cut short; none begins later
 * @param maxAttempts how many calls to the upstream at most, from 1
 */
public record AttemptOptions(String scope, Duration within, int maxAttempts) {
  /** No scope, 30 s, 3 attempts. */
  public static final AttemptOptions DEFAULT = new AttemptOptions("", Duration.ofSeconds(30), 3);

  public AttemptOptions {
    if (within.isNegative() || within.isZero()) {
      throw new IllegalArgumentException("within must be positive, is " + within);
    }
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts must be at least 1, is " + maxAttempts);
    }
  }

  public AttemptOptions withScope(String scope) {
    return new AttemptOptions(scope, within, maxAttempts);
  }

  public AttemptOptions withWithin(Duration within) {
    return new AttemptOptions(scope, within, maxAttempts);
  }

  public AttemptOptions withMaxAttempts(int maxAttempts) {
    return new AttemptOptions(scope, within, maxAttempts);
  }
}
