package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateTokenRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not as documented is refused with the field's name, and changes nothing. */
class BadReportTest {
  /** The broker's clock, in seconds. */
  private static final long NOW = 1_893_456_000;

  private static final long YEAR = 366 * 86_400L;

  private final TestBroker broker = new TestBroker();

  @BeforeEach
  void token() {
    broker.store.put("acme", "s1");
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          report {}                                                            | report.outcome
                                                                               | report.outcome
          report { RATE retry_after { seconds: -1 } }                          | report.retry_after
          report { RATE retry_after { nanos: -1 } }                            | report.retry_after
          report { RATE retry_after { seconds: 1 nanos: -1 } }                 | report.retry_after
          report { RATE retry_after { seconds: 1 nanos: 1000000000 } }         | report.retry_after
          report { RATE retry_after { seconds: YEAR nanos: 1 } }               | report.retry_after
          report { RATE retry_after { seconds: 9223372036854775807 } }         | report.retry_after
          report { RATE retry_after { seconds: -9223372036854775808 } }        | report.retry_after
          report { RATE retry_after { seconds: -9223372036854775808 nanos: -1 } } | report.retry_after
          report { OK retry_after { seconds: 1 } }                             | report.retry_after
          report { RATE reset_time { seconds: 1893455994 } }                   | report.reset_time
          report { RATE reset_time {} }                                        | report.reset_time
          report { RATE reset_time { seconds: -1 } }                           | report.reset_time
          report { RATE reset_time { seconds: NEXT_YEAR nanos: 1 } }           | report.reset_time
          report { RATE reset_time { seconds: 9223372036854775807 } }          | report.reset_time
          report { FORBIDDEN reset_time { seconds: NEXT_YEAR } }               | report.reset_time
          report { RATE retry_after {} reset_time { seconds: NEXT_YEAR } }     | report.reset_time
          report { OK BUDGET BUDGET budgets { remaining: -1 TIME } }           | report.budgets[2].remaining
          report { OK budgets { remaining: 9007199254740993 TIME } }           | report.budgets[0].remaining
          report { OK BUDGET budgets { remaining: 1 } }                        | report.budgets[1].reset_time
          report { OK budgets { reset_time { seconds: 1 } } }                  | report.budgets[0].reset_time
          report { OK MANY BUDGET }                                            | report.budgets
          report { OK } turn: 18446744073709551615                             | turn
          report { OK } scope: " a"                                            | scope
          report { OK } scope: "a\\n"                                          | scope
          report { OK } scope: "LONG"                                          | scope
          report { OK } token_id: ""                                           | token_id
          report { OK } account: ""                                            | account
          """)
  void reports(String text, String field) throws Exception {
    ReportOutcomeRequest.Builder request =
        ReportOutcomeRequest.newBuilder().setAccount("acme").setTokenId("1");
    TextFormat.merge(text == null ? "" : expanded(text), request);

    Failure failure = Failure.of(() -> broker.data().reportOutcome(request.build()));

    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.metadata()).containsEntry("field", field);
    assertThat(broker.table.size()).isZero();
  }

  /** Text has no way to write them. */
  @Test
  void outcomesAndPeriodsThatNobodyKnows() throws Exception {
    Report report = Report.newBuilder().setOutcomeValue(99).build();
    ReportOutcomeRequest request =
        ReportOutcomeRequest.newBuilder()
            .setAccount("acme")
            .setTokenId("1")
            .setReport(report)
            .build();
    assertThat(Failure.of(() -> broker.data().reportOutcome(request)).metadata())
        .containsEntry("field", "report.outcome");
    UpdateAccountRequest.Builder update = UpdateAccountRequest.newBuilder().setAccount("acme");
    TextFormat.merge(
        "update_mask { paths: 'token_limits' } settings { token_limits { quotas { count: 1 } } }",
        update);
    update.getSettingsBuilder().getTokenLimitsBuilder().getQuotasBuilder(0).setPeriodValue(9);
    assertThat(Failure.of(() -> broker.admin().updateAccount(update.build())).metadata())
        .hasEntrySatisfying("field", field -> assertThat(field).endsWith("quotas[0].period"));
  }

  private static String expanded(String text) {
    String time = "reset_time { seconds: NEXT_YEAR }";
    return text.replace("MANY", "BUDGET ".repeat(8))
        .replace("BUDGET", "budgets { remaining: 1 TIME }")
        .replace("TIME", time)
        .replace("RATE ", "outcome: OUTCOME_RATE_LIMITED ")
        .replace("OK ", "outcome: OUTCOME_OK ")
        .replace("FORBIDDEN ", "outcome: OUTCOME_FORBIDDEN ")
        .replace("NEXT_YEAR", Long.toString(NOW + YEAR))
        .replace("YEAR", Long.toString(YEAR))
        .replace("LONG", "x".repeat(256));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rates { window { seconds: 1 } }                                | rates[0].count
          rates { count: -1 window { seconds: 1 } }                      | rates[0].count
          rates { count: 1000000001 window { seconds: 1 } }              | rates[0].count
          rates { count: 1 }                                             | rates[0].window
          rates { count: 1 window {} }                                   | rates[0].window
          rates { count: 1 window { nanos: 999999 } }                    | rates[0].window
          rates { count: 1 window { seconds: -1 } }                      | rates[0].window
          rates { count: 1 window { seconds: 2678401 } }                 | rates[0].window
          R1 rates { count: 2 window { seconds: 1 } }                    | rates[1].window
          R1 R2 R3 R4 R5 R6 R7 R8 R9                                     | rates
          quotas { period: QUOTA_PERIOD_DAY }                            | quotas[0].count
          quotas { count: 1000000000001 period: QUOTA_PERIOD_DAY }       | quotas[0].count
          Q quotas { count: 1 }                                          | quotas[1].period
          quotas { DAILY time_zone: "Europe/Atlantis" }                  | quotas[0].time_zone
          quotas { DAILY reset_time_of_day: "24:00" }                    | quotas[0].reset_time_of_day
          quotas { DAILY reset_time_of_day: "7:5" }                      | quotas[0].reset_time_of_day
          quotas { DAILY reset_day_of_month: 1 }                         | quotas[0].reset_day_of_month
          quotas { count: 1 period: 2 reset_day_of_month: 32 }           | quotas[0].reset_day_of_month
          quotas { count: 1 period: 2 reset_day_of_month: -1 }           | quotas[0].reset_day_of_month
          Q Q Q Q Q                                                      | quotas
          max_concurrent: -1                                             | max_concurrent
          max_concurrent: 1000001                                        | max_concurrent
          headroom_percent: -1                                           | headroom_percent
          headroom_percent: 100                                          | headroom_percent
          """)
  void limits(String text, String field) throws Exception {
    String limits =
        text.replaceAll("R(\\d)", "rates { count: 1 window { seconds: $1 } }")
            .replaceAll("Q( |$)", "quotas { DAILY } ")
            .replace("DAILY", "count: 1 period: QUOTA_PERIOD_DAY");
    UpdateAccountRequest.Builder account = UpdateAccountRequest.newBuilder().setAccount("acme");
    TextFormat.merge(
        "update_mask { paths: 'token_limits' } settings { token_limits { " + limits + "} }",
        account);
    UpdateTokenRequest.Builder token = UpdateTokenRequest.newBuilder().setAccount("acme");
    TextFormat.merge(
        "update_mask { paths: 'limits' } token { token_id: '1' limits { " + limits + " } }", token);

    Failure ofAccount = Failure.of(() -> broker.admin().updateAccount(account.build()));
    Failure ofToken = Failure.of(() -> broker.admin().updateToken(token.build()));

    assertThat(ofAccount.metadata()).containsEntry("field", "settings.token_limits." + field);
    assertThat(ofToken.metadata()).containsEntry("field", "token.limits." + field);
    assertThat(broker.store.calls()).isZero();
  }
}
