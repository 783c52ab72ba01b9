package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers are written as {@code Name: value}, parted by bars. */
class HttpReportsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z"); // 1795348800

  @ParameterizedTest
  @CsvSource({
    "200, OUTCOME_OK",
    "204, OUTCOME_OK",
    "304, OUTCOME_OK",
    "400, OUTCOME_CALLER_ERROR",
    "401, OUTCOME_UNAUTHORIZED",
    "403, OUTCOME_FORBIDDEN",
    "404, OUTCOME_CALLER_ERROR",
    "407, OUTCOME_CALLER_ERROR",
    "422, OUTCOME_CALLER_ERROR",
    "429, OUTCOME_RATE_LIMITED",
    "500, OUTCOME_UPSTREAM_ERROR",
    "503, OUTCOME_UPSTREAM_ERROR",
    "599, OUTCOME_UPSTREAM_ERROR",
    "700, OUTCOME_UPSTREAM_ERROR",
  })
  void readsTheStatus(int status, Outcome outcome) {
    assertThat(read(status, "")).isEqualTo(Reports.of(outcome));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-RateLimit-Remaining: 0",
        "x-ratelimit-remaining: 0 | X-RateLimit-Reset: 1795348860",
        "RateLimit-Remaining: 0",
        "RateLimit: \"hour\";r=0;t=60",
        "Retry-After: 60",
        "Retry-After: 0",
      })
  void takesAForbiddenForARateLimitIfTheHeadersSaySo(String headers) {
    assertThat(read(403, headers).getOutcome()).isEqualTo(Outcome.OUTCOME_RATE_LIMITED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-RateLimit-Remaining: 1",
        "X-RateLimit-Remaining: none",
        "X-RateLimit-Remaining: -0",
        "RateLimit: \"r=0\";r=1;t=60",
        "Retry-After: soon",
        "Retry-After: -1",
      })
  void elseAForbiddenIsForbidden(String headers) {
    assertThat(read(403, headers).getOutcome()).isEqualTo(Outcome.OUTCOME_FORBIDDEN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '=',
      quoteCharacter = '`',
      value = {
        "Retry-After: 6 = PT6S",
        "Retry-After: 0 = PT0S",
        "Retry-After: 1.5 = PT1.5S",
        "Retry-After: 31622400 = PT8784H",
        "Retry-After: Sun, 22 Nov 2026 12:00:06 GMT = PT6S",
        "Retry-After: Sunday, 22-Nov-26 12:00:06 GMT = PT6S",
        "Retry-After: Sun Nov 22 12:00:06 2026 = PT6S",
        "Retry-After: Sun, 22 Nov 2026 11:59:59 GMT = PT0S",
        // by the upstream's own clock, which is an hour behind
        "Retry-After: Sun, 22 Nov 2026 11:00:06 GMT | Date: Sun, 22 Nov 2026 11:00:00 GMT = PT6S",
        "X-RateLimit-Reset: 60 = PT1M",
        "X-RateLimit-Reset: 1795348860 = PT1M",
        "X-RateLimit-Reset: 1795348860000 = PT1M",
        "X-RateLimit-Reset: 1795345260 | Date: Sun, 22 Nov 2026 11:00:00 GMT = PT1M",
        "RateLimit-Reset: 60 = PT1M",
        "Retry-After: 6 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 60 = PT6S",
        "Retry-After: soon | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 60 = PT1M",
      })
  void readsHowLongALimitHolds(String headers, Duration expected) {
    assertThat(retryAfter(read(429, headers))).isEqualTo(expected);
  }

  @Test
  void aLimitHoldsUntilTheResetOfWhatIsSpent() {
    assertThat(retryAfter(read(429, "RateLimit: \"s\";r=0;t=1, \"h\";r=0;t=60, \"d\";r=9;t=3600")))
        .isEqualTo(Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Retry-After: ",
        "Retry-After: -6",
        "Retry-After: 31622401",
        "Retry-After: 99999999999999999999999999",
        "Retry-After: 6s",
        "Retry-After: tomorrow",
        "Retry-After: Mon, 22 Nov 2026 12:00:06 GMT",
        "Retry-After: Sun, 32 Feb 2027 12:00:06 GMT",
        "Retry-After: Fri, 24 Nov 2028 12:00:06 GMT",
        "X-RateLimit-Reset: 1795348799",
        "X-RateLimit-Reset: 31622401",
        "X-RateLimit-Reset: 999999999",
        "X-RateLimit-Reset: 1e9",
        "X-RateLimit-Reset: NaN",
        "X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 999999999999999",
        "RateLimit: ;;;===\"\\",
        "RateLimit: \"a\";r=;t=",
        "RateLimit: \"a\";t=1.1.1",
      })
  void ignoresWhatMakesNoSense(String headers) {
    assertThat(read(429, headers)).isEqualTo(Reports.of(Outcome.OUTCOME_RATE_LIMITED));
  }

  @Test
  void aDelayIsToldOnlyWithALimit() {
    assertThat(read(503, "Retry-After: 60")).isEqualTo(Reports.of(Outcome.OUTCOME_UPSTREAM_ERROR));
    assertThat(read(200, "Retry-After: 60")).isEqualTo(Reports.ok());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "X-RateLimit-Remaining: 4999 | X-RateLimit-Reset: 1795348860 # 4999 in 60",
        "X-RateLimit-Remaining: 4999 | X-RateLimit-Reset: 60 # 4999 in 60",
        "RateLimit-Limit: 10 | RateLimit-Remaining: 9 | RateLimit-Reset: 30 # 9 in 30",
        "RateLimit: \"default\";r=50;t=30 # 50 in 30",
        "RateLimit: \"a, \\\" ;r=1\";r=50;pk=:cHNrMQ==:;t=30,b; r=7; t=60 # 50 in 30, 7 in 60",
        "X-RateLimit-Remaining: 1 | X-RateLimit-Reset: 5 | RateLimit: x;r=2;t=6 # 1 in 5, 2 in 6",
      })
  void readsWhatIsLeft(String headers, String expected) {
    assertThat(budgets(read(200, headers))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-RateLimit-Remaining: 4999",
        "X-RateLimit-Reset: 60",
        "X-RateLimit-Remaining: 9007199254740993 | X-RateLimit-Reset: 60",
        "X-RateLimit-Remaining: 99999999999999999999 | X-RateLimit-Reset: 60",
        "X-RateLimit-Remaining: 5.5 | X-RateLimit-Reset: 60",
        "X-RateLimit-Remaining: 5 | X-RateLimit-Reset: 0",
        "X-RateLimit-Remaining: 5 | X-RateLimit-Reset: 1795348800",
        "RateLimit: \"default\";r=50",
      })
  void tellsNoBudgetThatIsNotWhole(String headers) {
    assertThat(read(200, headers)).isEqualTo(Reports.ok());
  }

  @Test
  void tellsNoMoreBudgetsThanAReportMayHave() {
    assertThat(read(200, "RateLimit: " + "x;r=1;t=1,".repeat(100)).getBudgetsCount()).isEqualTo(8);
  }

  private static Report read(int status, String headers) {
    Map<String, List<String>> map = new TreeMap<>();
    for (String header : headers.split(" \\| ", -1)) {
      int colon = header.indexOf(':');
      if (colon > 0) {
        map.computeIfAbsent(header.substring(0, colon), name -> new ArrayList<>())
            .add(header.substring(colon + 1));
      }
    }
    return HttpReports.of(status, HttpHeaders.of(map, (name, value) -> true), NOW);
  }

  private static Duration retryAfter(Report report) {
    assertThat(report.hasRetryAfter()).isTrue();
    return Duration.ofSeconds(
        report.getRetryAfter().getSeconds(), report.getRetryAfter().getNanos());
  }

  private static String budgets(Report report) {
    return String.join(
        ", ",
        report.getBudgetsList().stream()
            .map(
                budget ->
                    budget.getRemaining()
                        + " in "
                        + (budget.getResetTime().getSeconds() - NOW.getEpochSecond()))
            .toList());
  }
}
