package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The rules with their defaults, at a time that the test sets; the jitter is always 0.5 s. */
final class Judged {
  private static final TokenId TOKEN = new TokenId("1");

  final OutcomeRules rules =
      new OutcomeRules(Defaults.OUTCOME, Defaults.ROTATION.maxScopes(), bound -> bound / 2);
  Instant now = Instant.parse("2030-01-01T00:00:00Z");

  /** So long from now: a number of h, m, s or ms. */
  Instant in(String delay) {
    return now.plus(duration(delay));
  }

  private static Duration duration(String text) {
    return text.endsWith("ms")
        ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
        : Duration.parse("PT" + text);
  }

  static Report report(Outcome outcome) {
    return report(outcome, Scope.ALL);
  }

  static Report report(Outcome outcome, Scope scope) {
    return new Report(outcome, scope, null, null, List.of());
  }

  Report retryAfter(Outcome outcome, Scope scope, String delay) {
    return new Report(outcome, scope, duration(delay), null, List.of());
  }

  Report reset(Outcome outcome, Scope scope, String delay) {
    return new Report(outcome, scope, null, in(delay), List.of());
  }

  Health after(Health before, long turn, Outcome outcome) {
    return after(before, turn, report(outcome));
  }

  Health after(Health before, long turn, Report report) {
    return rules.judge(before, AccountHealth.GOOD, TOKEN, turn, report, now).health();
  }
}
