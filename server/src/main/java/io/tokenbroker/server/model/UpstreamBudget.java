package io.tokenbroker.server.model;

import java.time.Instant;

/**
 * What an upstream says is left of one of its limits. It lowers what is handed out of the token
 * until the reset, and never raises it.
 *
 * @param remaining how many more calls the upstream will take, from 0
 * @param resetTime when its count starts anew
 */
public record UpstreamBudget(long remaining, Instant resetTime) {
  public UpstreamBudget {
    if (remaining < 0) {
      throw new IllegalArgumentException("must not be negative");
    }
  }
}
