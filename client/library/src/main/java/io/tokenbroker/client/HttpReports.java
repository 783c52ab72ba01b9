package io.tokenbroker.client;

import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Reads reports from HTTP answers.
 *
 * <table>
 *   <caption>What becomes of a status</caption>
 *   <tr><td>2xx, 3xx</td><td>OK</td></tr>
 *   <tr><td>401</td><td>UNAUTHORIZED</td></tr>
 *   <tr><td>403</td><td>FORBIDDEN; with {@code Retry-After}, or if nothing remains, RATE_LIMITED, as
 *   GitHub means it</td></tr>
 *   <tr><td>429</td><td>RATE_LIMITED</td></tr>
 *   <tr><td>other 4xx</td><td>CALLER_ERROR</td></tr>
 *   <tr><td>all else</td><td>UPSTREAM_ERROR</td></tr>
 * </table>
 *
 * <p>How long a limit holds is told by {@code Retry-After} (seconds, or an HTTP date), else by the
 * reset of what has nothing left, else by any reset. The budgets come from {@code
 * X-RateLimit-Remaining} and {@code X-RateLimit-Reset}, {@code RateLimit-Remaining} and {@code
 * RateLimit-Reset}, and the items of {@code RateLimit: "policy";r=50;t=30} (draft of the IETF).
 *
 * <p>A reset is a number: up to 366 days it is taken as seconds from now, from 1e9 as seconds since
 * 1970, from 1e12 as milliseconds since 1970. Absolute times are compared with the {@code Date} of
 * the answer if there is one, so that the clocks need not agree. What is malformed, past, or more
 * than 366 days ahead is ignored: headers never make this fail.
 */
public final class HttpReports {
  private static final int MOST_BUDGETS = 8;

  private HttpReports() {}

  /**
   * @param status 100 to 599
   * @param now the time of the answer; for the resets of budgets, which are absolute
   */
  public static Report of(int status, HttpHeaders headers, Instant now) {
    RateHeaders rates = RateHeaders.read(headers, now);
    Outcome outcome = outcome(status, rates);
    Report.Builder report = Report.newBuilder().setOutcome(outcome);
    if (outcome == Outcome.OUTCOME_RATE_LIMITED) {
      retryAfter(rates).map(Messages::duration).ifPresent(report::setRetryAfter);
    }
    rates.budgets().stream()
        .flatMap(budget -> budget.told(now).stream())
        .limit(MOST_BUDGETS)
        .forEach(report::addBudgets);
    return report.build();
  }

  private static Outcome outcome(int status, RateHeaders rates) {
    if (status >= 200 && status < 400) {
      return Outcome.OUTCOME_OK;
    }
    if (status < 400 || status >= 500) {
      return Outcome.OUTCOME_UPSTREAM_ERROR;
    }
    return switch (status) {
      case 401 -> Outcome.OUTCOME_UNAUTHORIZED;
      case 403 ->
          rates.retryAfter().isPresent() || !rates.spent().isEmpty()
              ? Outcome.OUTCOME_RATE_LIMITED
              : Outcome.OUTCOME_FORBIDDEN;
      case 429 -> Outcome.OUTCOME_RATE_LIMITED;
      default -> Outcome.OUTCOME_CALLER_ERROR;
    };
  }

  private static Optional<Duration> retryAfter(RateHeaders rates) {
    return rates
        .retryAfter()
        .or(() -> latest(rates.spent()))
        .or(() -> rates.spent().isEmpty() ? latest(rates.budgets()) : Optional.empty());
  }

  private static Optional<Duration> latest(List<RateHeaders.Budget> budgets) {
    return budgets.stream()
        .flatMap(budget -> Optional.ofNullable(budget.resetIn()).stream())
        .max(Comparator.naturalOrder());
  }
}
