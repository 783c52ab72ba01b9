package io.tokenbroker.client;

import io.tokenbroker.v1.Report;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Call} made of a token.
 *
 * @param value what the caller wants of it, whatever the outcome; may be null
 * @param report what the broker is told; see {@link Reports} and {@link HttpReports}
 */
public record Answer<T extends @Nullable Object>(T value, Report report) {
  /** The upstream took the token. */
  public static <T extends @Nullable Object> Answer<T> ok(T value) {
    return new Answer<>(value, Reports.ok());
  }

  /** Whether the upstream refused this token but may take another one. */
  public boolean wantsAnotherToken() {
    return switch (report.getOutcome()) {
      case OUTCOME_RATE_LIMITED, OUTCOME_QUOTA_EXHAUSTED, OUTCOME_UNAUTHORIZED, OUTCOME_FORBIDDEN ->
          true;
      default -> false;
    };
  }
}
