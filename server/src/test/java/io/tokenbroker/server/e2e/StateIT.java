package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Quota;
import io.tokenbroker.v1.QuotaPeriod;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker learned of tokens, after a crash. */
class StateIT {
  /** Said once a second while there is something to save. */
  private static final String SAVED = "\"token states saved\"";

  @TempDir Path directory;

  @Test
  void aTokenThatIsExhaustedUntilMidnightStillIsAfterSigkill() throws InterruptedException {
    List<String> ids;
    long midnight = Instant.now().plus(Duration.ofHours(8)).getEpochSecond();
    try (Broker broker = Broker.start(directory, Map.of("LOG_LEVEL", "debug"));
        Caller caller = broker.caller()) {
      ids = caller.add("a", 3, 1);
      for (String account : List.of("limited", "busy")) {
        List<String> unused = caller.add(account, 1, 1);
      }
      limit(caller, "limited", 5);
      limit(caller, "busy", 1_000_000);
      report(
          caller,
          ids.get(0),
          Report.newBuilder()
              .setOutcome(Outcome.OUTCOME_QUOTA_EXHAUSTED)
              .setResetTime(Timestamp.newBuilder().setSeconds(midnight)));
      report(caller, ids.get(1), Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED));
      for (int i = 0; i < 5; i++) {
        assertThat(caller.next("limited").getNumber()).isEqualTo(i + 1);
      }
      assertThat(Failures.textOf(() -> caller.next("limited")))
          .isEqualTo("RESOURCE_EXHAUSTED TOKENS_COOLING");
      // one save may have begun before all this, the second had it
      long saves = broker.log().countWith(SAVED);
      do {
        assertThat(caller.next("busy").getNumber()).isPositive();
        assertThat(caller.next("a").getTokenId()).isEqualTo(ids.get(2));
      } while (broker.log().countWith(SAVED) < saves + 2);
      broker.kill();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      // before anybody has asked for a turn
      List<Token> tokens =
          caller
              .admin()
              .listTokens(ListTokensRequest.newBuilder().setAccount("a").build())
              .getTokensList();
      assertThat(tokens)
          .extracting(Token::getBenchReason)
          .containsExactly(
              BenchReason.BENCH_REASON_COOLDOWN,
              BenchReason.BENCH_REASON_QUARANTINE,
              BenchReason.BENCH_REASON_UNSPECIFIED);
      assertThat(tokens.get(0).getReadyTime().getSeconds()).isBetween(midnight, midnight + 3);
      Set<String> handedOut = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        handedOut.add(caller.next("a").getTokenId());
      }
      assertThat(handedOut).containsExactly(ids.get(2));
      assertThat(Failures.textOf(() -> caller.next("limited")))
          .isEqualTo("RESOURCE_EXHAUSTED TOKENS_COOLING");
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void turnsInUseStillAreAfterSigterm() throws InterruptedException {
    long first;
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      List<String> unused = caller.add("narrow", 1, 1);
      limit(caller, "narrow", TokenLimits.newBuilder().setMaxConcurrent(2));
      first = caller.next("narrow").getNumber();
      assertThat(caller.next("narrow").getNumber()).isEqualTo(first + 1);
      assertThat(broker.stop()).isZero();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      assertThat(Failures.textOf(() -> caller.next("narrow")))
          .isEqualTo("RESOURCE_EXHAUSTED TOKENS_COOLING");
      assertThat(broker.stop()).isZero();
    }
  }

  private static void limit(Caller caller, String account, long count) {
    limit(
        caller,
        account,
        TokenLimits.newBuilder()
            .addQuotas(
                Quota.newBuilder().setCount(count).setPeriod(QuotaPeriod.QUOTA_PERIOD_MONTH)));
  }

  private static void limit(Caller caller, String account, TokenLimits.Builder limits) {
    var unused =
        caller
            .admin()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(account)
                    .setSettings(AccountSettings.newBuilder().setTokenLimits(limits))
                    .setUpdateMask(
                        com.google.protobuf.FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }

  private static void report(Caller caller, String token, Report.Builder report) {
    var unused =
        caller
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("a")
                    .setTokenId(token)
                    .setReport(report)
                    .build());
  }
}
