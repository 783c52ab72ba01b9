package io.tokenbroker.server.grpc;

import com.google.protobuf.Timestamp;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.outcome.Outcome;
import io.tokenbroker.server.outcome.Report;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads what a caller reports, in ReportOutcome and in ReleaseLease. */
final class ReportMapper {
  private static final Duration MAX_AHEAD = Duration.ofDays(366);

  /** What passes on the way here, and between two clocks that are set well. */
  private static final Duration MAX_BEHIND = Duration.ofSeconds(5);

  private static final long MAX_REMAINING = 1L << 53;

  private ReportMapper() {}

  /**
   * @param path of the message, such as {@code report}
   */
  static Report report(String path, io.tokenbroker.v1.Report message, Scope scope, Instant now) {
    Outcome outcome = outcome(path + ".outcome", message.getOutcome());
    if (message.hasRetryAfter() && message.hasResetTime()) {
      throw BrokerException.invalidField(
          path + ".reset_time", "and retry_after exclude each other; give one");
    }
    return new Report(
        outcome,
        scope,
        message.hasRetryAfter()
            ? Fields.duration(
                limiting(path + ".retry_after", outcome),
                message.getRetryAfter(),
                Duration.ZERO,
                MAX_AHEAD,
                "0 to 366 days")
            : null,
        message.hasResetTime()
            ? soon(limiting(path + ".reset_time", outcome), message.getResetTime(), now)
            : null,
        budgets(path + ".budgets", message.getBudgetsList(), now));
  }

  private static Outcome outcome(String field, io.tokenbroker.v1.Outcome outcome) {
    return switch (outcome) {
      case OUTCOME_OK -> Outcome.OK;
      case OUTCOME_RATE_LIMITED -> Outcome.RATE_LIMITED;
      case OUTCOME_QUOTA_EXHAUSTED -> Outcome.QUOTA_EXHAUSTED;
      case OUTCOME_UNAUTHORIZED -> Outcome.UNAUTHORIZED;
      case OUTCOME_FORBIDDEN -> Outcome.FORBIDDEN;
      case OUTCOME_UPSTREAM_ERROR -> Outcome.UPSTREAM_ERROR;
      case OUTCOME_CALLER_ERROR -> Outcome.CALLER_ERROR;
      case OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
          throw BrokerException.invalidField(field, "must be one of those that are documented");
    };
  }

  /** The field, if it belongs to the outcome. */
  private static String limiting(String field, Outcome outcome) {
    if (outcome != Outcome.RATE_LIMITED && outcome != Outcome.QUOTA_EXHAUSTED) {
      throw BrokerException.invalidField(field, "is for RATE_LIMITED and QUOTA_EXHAUSTED only");
    }
    return field;
  }

  private static Instant soon(String field, Timestamp value, Instant now) {
    Instant time = Fields.time(field, value);
    if (time.isBefore(now.minus(MAX_BEHIND)) || time.isAfter(now.plus(MAX_AHEAD))) {
      throw BrokerException.invalidField(field, "must be from now to 366 days ahead");
    }
    return time;
  }

  private static List<UpstreamBudget> budgets(
      String field, List<io.tokenbroker.v1.UpstreamBudget> messages, Instant now) {
    if (messages.size() > Report.MAX_BUDGETS) {
      throw BrokerException.invalidField(
          field,
          "must have at most %d elements, has %d".formatted(Report.MAX_BUDGETS, messages.size()));
    }
    List<UpstreamBudget> budgets = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      io.tokenbroker.v1.UpstreamBudget message = messages.get(i);
      String path = field + "[" + i + "]";
      if (!message.hasResetTime()) {
        throw BrokerException.invalidField(path + ".reset_time", "is required");
      }
      budgets.add(
          new UpstreamBudget(
              Fields.between(path + ".remaining", message.getRemaining(), 0, MAX_REMAINING),
              soon(path + ".reset_time", message.getResetTime(), now)));
    }
    return budgets;
  }
}
