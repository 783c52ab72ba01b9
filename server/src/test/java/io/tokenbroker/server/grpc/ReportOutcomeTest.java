package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ReportOutcomeResponse;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.ScopeBench;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateTokenRequest;
import io.tokenbroker.v1.UpstreamBudget;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportOutcomeTest {
  private final TestBroker broker = new TestBroker();

  @BeforeEach
  void tokens() {
    broker.store.put("acme", "s1", "s2", "s3");
  }

  @AfterEach
  void close() {
    broker.close();
  }

  private Turn next(String scope) {
    return broker
        .data()
        .nextToken(NextTokenRequest.newBuilder().setAccount("acme").setScope(scope).build())
        .getTurn();
  }

  private static ReportOutcomeRequest.Builder request(String token, long turn, Outcome outcome) {
    return ReportOutcomeRequest.newBuilder()
        .setAccount("acme")
        .setTokenId(token)
        .setTurn(turn)
        .setReport(Report.newBuilder().setOutcome(outcome));
  }

  private ReportOutcomeResponse report(ReportOutcomeRequest.Builder request) {
    return broker.data().reportOutcome(request.build());
  }

  private List<Token> tokensNow() {
    return broker
        .admin()
        .listTokens(ListTokensRequest.newBuilder().setAccount("acme").build())
        .getTokensList();
  }

  private Timestamp in(double seconds) {
    long millis = broker.millis.get() + Math.round(seconds * 1_000);
    return Timestamp.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }

  private static ReportOutcomeRequest.Builder retryAfter(
      ReportOutcomeRequest.Builder request, long seconds) {
    request.getReportBuilder().setRetryAfter(Duration.newBuilder().setSeconds(seconds));
    return request;
  }

  @Test
  void aLimitedTokenIsNotHandedOutUntilItsTime() {
    Turn turn = next("");
    ReportOutcomeResponse response =
        report(
            retryAfter(
                request(turn.getTokenId(), turn.getNumber(), Outcome.OUTCOME_RATE_LIMITED), 6));

    assertThat(response.getDuplicate()).isFalse();
    assertThat(response.getToken().getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_COOLDOWN);
    assertThat(response.getToken().getReadyTime()).isEqualTo(in(7));
    assertThat(response.getToken().getStrikes()).isEqualTo(1);
    assertThat(response.getToken().getServed()).isEqualTo(1);
    assertThat(tokensNow().get(0)).isEqualTo(response.getToken());
    for (int i = 0; i < 10; i++) {
      assertThat(next("").getTokenId()).isNotEqualTo("1");
    }
    broker.millis.addAndGet(6_999);
    assertThat(List.of(next(""), next(""), next("")))
        .extracting(Turn::getTokenId)
        .doesNotContain("1");
    broker.millis.addAndGet(1);
    assertThat(List.of(next(""), next(""), next(""))).extracting(Turn::getTokenId).contains("1");
    assertThat(tokensNow().get(0).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_UNSPECIFIED);
  }

  @Test
  void aSecondReportOfATurnChangesNothing() {
    Turn turn = next("");
    ReportOutcomeRequest.Builder first =
        request(turn.getTokenId(), turn.getNumber(), Outcome.OUTCOME_RATE_LIMITED);
    Token once = report(first).getToken();

    broker.millis.addAndGet(1_000);
    ReportOutcomeResponse again = report(first);
    assertThat(again.getDuplicate()).isTrue();
    assertThat(again.getToken().getStrikes()).isEqualTo(once.getStrikes());
    assertThat(again.getToken().getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_UNSPECIFIED);
    // also with another outcome: the first counts
    assertThat(
            report(request(turn.getTokenId(), turn.getNumber(), Outcome.OUTCOME_UNAUTHORIZED))
                .getDuplicate())
        .isTrue();
    // of an unknown turn every report counts
    assertThat(report(request("1", 0, Outcome.OUTCOME_RATE_LIMITED)).getToken().getStrikes())
        .isEqualTo(2);
  }

  @Test
  void aReportMayComeBeforeTheAccountIsLoaded() {
    assertThat(report(request("2", 17, Outcome.OUTCOME_UNAUTHORIZED)).getToken().getBenchReason())
        .isEqualTo(BenchReason.BENCH_REASON_QUARANTINE);
    assertThat(List.of(next(""), next(""), next("")))
        .extracting(Turn::getTokenId)
        .containsExactly("1", "3", "1");
  }

  @Test
  void unknownTokensAndThoseOfOthersAreRefused() {
    broker.store.put("other", "s4");
    Failure unknown = Failure.of(() -> report(request("77", 1, Outcome.OUTCOME_OK)));
    assertThat(unknown.reason()).isEqualTo("TOKEN_DOES_NOT_EXIST");
    Failure foreign = Failure.of(() -> report(request("4", 1, Outcome.OUTCOME_UNAUTHORIZED)));
    assertThat(foreign.reason()).isEqualTo("TOKEN_DOES_NOT_EXIST");
    Failure nobody =
        Failure.of(() -> report(request("1", 1, Outcome.OUTCOME_OK).setAccount("nobody")));
    assertThat(nobody.reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
    assertThat(
            broker
                .data()
                .nextToken(NextTokenRequest.newBuilder().setAccount("other").build())
                .getTurn()
                .getTokenId())
        .isEqualTo("4");
  }

  @Test
  void aCooldownForOneScopeLeavesTheTokenToOthers() {
    ReportOutcomeRequest.Builder limited = request("1", 0, Outcome.OUTCOME_RATE_LIMITED);
    Token token = report(retryAfter(limited.setScope("gpt-9"), 60)).getToken();

    assertThat(token.getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_UNSPECIFIED);
    assertThat(token.getScopeBenchesList())
        .containsExactly(
            ScopeBench.newBuilder()
                .setScope("gpt-9")
                .setBenchReason(BenchReason.BENCH_REASON_COOLDOWN)
                .setReadyTime(in(61))
                .build());
    assertThat(List.of(next(""), next(""), next(""))).extracting(Turn::getTokenId).contains("1");
  }

  @Test
  void quarantineIsProbedAndEndsWithTheProbesOwnSuccess() {
    Turn old = next("");
    report(request("1", old.getNumber(), Outcome.OUTCOME_UNAUTHORIZED));
    List<Turn> turns = new ArrayList<>();
    broker.millis.addAndGet(60_000);
    for (int i = 0; i < 6; i++) {
      turns.add(next(""));
    }
    List<Turn> probes = turns.stream().filter(Turn::getProbation).toList();
    assertThat(probes).extracting(Turn::getTokenId).containsExactly("1");
    assertThat(turns).filteredOn(turn -> turn.getTokenId().equals("1")).hasSize(1);

    // a late success of a turn from before changes nothing
    assertThat(report(request("1", 99, Outcome.OUTCOME_OK)).getToken().getBenchReason())
        .isEqualTo(BenchReason.BENCH_REASON_QUARANTINE);
    assertThat(
            report(request("1", probes.get(0).getNumber(), Outcome.OUTCOME_OK))
                .getToken()
                .getBenchReason())
        .isEqualTo(BenchReason.BENCH_REASON_UNSPECIFIED);
    assertThat(next("").getProbation()).isFalse();
  }

  @Test
  void aFailedProbeDoublesTheDelay() {
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    for (long delay : new long[] {60, 120, 240}) {
      broker.millis.addAndGet(delay * 1_000 - 1);
      assertThat(List.of(next(""), next(""), next(""))).noneMatch(Turn::getProbation);
      broker.millis.addAndGet(1);
      Turn probe =
          List.of(next(""), next(""), next("")).stream()
              .filter(Turn::getProbation)
              .findFirst()
              .orElseThrow();
      report(request("1", probe.getNumber(), Outcome.OUTCOME_UNAUTHORIZED));
    }
  }

  @Test
  void resetMakesATokenAsGoodAsNew() {
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    report(request("1", 0, Outcome.OUTCOME_QUOTA_EXHAUSTED).setScope("a"));
    broker.states.save().join();
    assertThat(broker.store.savedHealth("acme")).containsOnlyKeys(new TokenId("1"));

    Token token =
        broker
            .admin()
            .resetToken(ResetTokenRequest.newBuilder().setAccount("acme").setTokenId("1").build())
            .getToken();

    assertThat(token.getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_UNSPECIFIED);
    assertThat(token.getStrikes()).isZero();
    assertThat(next("").getTokenId()).isEqualTo("1");
    broker.states.save().join();
    assertThat(broker.store.savedHealth("acme")).isEmpty();
    assertThat(
            Failure.of(
                    () ->
                        broker
                            .admin()
                            .resetToken(
                                ResetTokenRequest.newBuilder()
                                    .setAccount("acme")
                                    .setTokenId("77")
                                    .build()))
                .reason())
        .isEqualTo("TOKEN_DOES_NOT_EXIST");
  }

  @Test
  void whenManyAreLimitedAtOnceTheAccountPausesAndNoneIsBenched() {
    broker.store.put("acme", "s4", "s5", "s6", "s7", "s8");
    for (int i = 0; i < 5; i++) {
      Turn turn = next("");
      Token token =
          report(
                  retryAfter(
                      request(turn.getTokenId(), turn.getNumber(), Outcome.OUTCOME_RATE_LIMITED),
                      30))
              .getToken();
      assertThat(token.getBenchReason())
          .isEqualTo(i < 4 ? BenchReason.BENCH_REASON_COOLDOWN : BenchReason.BENCH_REASON_PAUSE);
    }
    assertThat(tokensNow())
        .extracting(Token::getBenchReason)
        .containsOnly(BenchReason.BENCH_REASON_PAUSE);
    Failure failure = Failure.of(() -> next(""));
    assertThat(failure.reason()).isEqualTo("TOKENS_COOLING");
    // one that was under way meanwhile
    report(retryAfter(request("7", 0, Outcome.OUTCOME_RATE_LIMITED), 1));
    broker.millis.addAndGet(30_999);
    assertThat(Failure.of(() -> next("")).reason()).isEqualTo("TOKENS_COOLING");
    broker.millis.addAndGet(1);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add(next("").getTokenId());
    }
    assertThat(ids).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7", "8");
  }

  @Test
  void tellsThatAProbeIsDueAndThatTooManyTurnsAreInUse() {
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    assertThat(tokensNow().get(0).getProbeDue()).isFalse();
    broker.millis.addAndGet(60_000);
    assertThat(tokensNow().get(0).getProbeDue()).isTrue();
    assertThat(tokensNow().get(0).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_QUARANTINE);

    Token.Builder limited = Token.newBuilder().setTokenId("2");
    limited.getLimitsBuilder().setMaxConcurrent(1);
    var unused =
        broker
            .admin()
            .updateToken(
                UpdateTokenRequest.newBuilder()
                    .setAccount("acme")
                    .setToken(limited)
                    .setUpdateMask(FieldMask.newBuilder().addPaths("limits"))
                    .build());
    for (int i = 0; i < 3; i++) {
      next("");
    }
    assertThat(tokensNow().get(1).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_CONCURRENCY);
  }

  @Test
  void aBudgetThatTheUpstreamToldIsKept() {
    ReportOutcomeRequest.Builder request = request("1", 0, Outcome.OUTCOME_OK);
    request
        .getReportBuilder()
        .addBudgets(UpstreamBudget.newBuilder().setRemaining(2).setResetTime(in(60)));
    report(request);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(next("").getTokenId());
    }
    assertThat(ids).filteredOn("1"::equals).hasSize(2);
    assertThat(tokensNow().get(0).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_RATE_LIMIT);
    assertThat(tokensNow().get(0).getReadyTime()).isEqualTo(in(60));
  }

  @Test
  void quarantineIsSavedAtOnceLongCooldownsWithTheNextSaveAndShortOnesNever() {
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    // waits for what the report has begun
    broker.states.save().join();
    assertThat(broker.store.savedHealth("acme")).containsOnlyKeys(new TokenId("1"));
    report(retryAfter(request("2", 0, Outcome.OUTCOME_RATE_LIMITED), 60));
    report(request("3", 0, Outcome.OUTCOME_RATE_LIMITED));
    broker.states.save().join();
    assertThat(broker.store.savedHealth("acme"))
        .containsOnlyKeys(new TokenId("1"), new TokenId("2"));
    int calls = broker.store.calls();
    report(request("3", 0, Outcome.OUTCOME_RATE_LIMITED));
    broker.states.save().join();
    assertThat(broker.store.calls()).isEqualTo(calls);
  }

  @Test
  void aTokenWithAnotherSecretIsNotBlamedForTheOldOne() {
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    report(retryAfter(request("2", 0, Outcome.OUTCOME_RATE_LIMITED), 60));
    broker.store.renew("acme", "1", "fresh");
    broker.refresher.refresh().join();

    assertThat(tokensNow())
        .extracting(Token::getBenchReason)
        .containsExactly(
            BenchReason.BENCH_REASON_UNSPECIFIED,
            BenchReason.BENCH_REASON_COOLDOWN,
            BenchReason.BENCH_REASON_UNSPECIFIED);
    assertThat(List.of(next("").getSecret(), next("").getSecret()))
        .containsExactlyInAnyOrder("fresh", "s3");
    broker.states.save().join();
    assertThat(broker.store.savedHealth("acme")).containsOnlyKeys(new TokenId("2"));
  }

  @Test
  void whatCouldNotBeSavedIsSavedLater() {
    next("");
    broker.store.setDown(true);
    report(request("1", 0, Outcome.OUTCOME_UNAUTHORIZED));
    assertThat(broker.states.save().join()).isFalse();
    broker.store.setDown(false);
    broker.millis.addAndGet(1_000);
    assertThat(broker.states.save().join()).isTrue();
    assertThat(broker.store.savedHealth("acme")).containsOnlyKeys(new TokenId("1"));
  }
}
