package io.tokenbroker.client;

import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import java.time.Duration;
import java.time.Instant;

/** Makes the reports that need more than a look at {@link Outcome}. */
public final class Reports {
  private Reports() {}

  /** The upstream took the token. */
  public static Report ok() {
    return of(Outcome.OUTCOME_OK);
  }

  /** An outcome with nothing more to say. */
  public static Report of(Outcome outcome) {
    return Report.newBuilder().setOutcome(outcome).build();
  }

  /**
   * An outcome with the delay that the upstream asked for.
   *
   * @param outcome RATE_LIMITED or QUOTA_EXHAUSTED
   * @param retryAfter 0 to 366 days
   */
  public static Report of(Outcome outcome, Duration retryAfter) {
    return Report.newBuilder()
        .setOutcome(outcome)
        .setRetryAfter(Messages.duration(retryAfter))
        .build();
  }

  /**
   * An outcome with the time at which the upstream will take the token again.
   *
   * @param outcome RATE_LIMITED or QUOTA_EXHAUSTED
   * @param resetTime from now to a year ahead
   */
  public static Report of(Outcome outcome, Instant resetTime) {
    return Report.newBuilder()
        .setOutcome(outcome)
        .setResetTime(Messages.timestamp(resetTime))
        .build();
  }
}
