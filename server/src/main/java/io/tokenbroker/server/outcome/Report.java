package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.UpstreamBudget;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller tells of one call to the upstream.
 *
 * @param scope what the token was used for
 * @param retryAfter how long the upstream asked to wait, 0 to 366 days; null if it told none
 * @param resetTime when the upstream will take the token again, up to 366 days ahead; null if it
 *     told none, or if there is {@code retryAfter}
 * @param budgets what the upstream said is left
 */
public record Report(
    Outcome outcome,
    Scope scope,
    @Nullable Duration retryAfter,
    @Nullable Instant resetTime,
    List<UpstreamBudget> budgets) {
  public static final int MAX_BUDGETS = 8;

  public Report {
    budgets = List.copyOf(budgets);
  }

  public Report withScope(Scope scope) {
    return new Report(outcome, scope, retryAfter, resetTime, budgets);
  }
}
