package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.GetVersionRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.NextTokensResponse;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.Turn;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TurnsTest {
  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void handsOutInTurn() {
    broker.store.put("acme", "s1", "s2");
    assertThat(List.of(next("acme"), next("acme"), next("acme")))
        .extracting(Turn::getTokenId, Turn::getSecret, Turn::getNumber)
        .containsExactly(tuple("1", "s1", 1L), tuple("2", "s2", 2L), tuple("1", "s1", 3L));
  }

  @Test
  void saysLabelAndExpiry() {
    Instant time = Instant.parse("2031-02-03T04:05:06.789Z");
    broker.store.put("acme", "s1", new TokenSettings("mine", 1, true, time));
    Turn turn = next("acme");
    assertThat(turn.getLabel()).isEqualTo("mine");
    assertThat(turn.getExpireTime().getSeconds()).isEqualTo(time.getEpochSecond());
    assertThat(turn.getExpireTime().getNanos()).isEqualTo(789_000_000);
  }

  @Test
  void handsOutSeveralInARow() {
    broker.store.put("acme", "s1", "s2");
    List<Turn> turns = nextTokens("acme", 1_000);
    assertThat(turns).hasSize(1_000);
    assertThat(turns.get(999).getNumber()).isEqualTo(1_000);
    assertThat(turns.get(999).getSecret()).isEqualTo("s2");
  }

  @Test
  void countsLabelsToo() {
    broker.store.put("acme", "s", new TokenSettings("\u4E2D".repeat(255), 1, true, null));
    Iterator<StreamTokensResponse> batches =
        broker
            .data()
            .streamTokens(
                StreamTokensRequest.newBuilder()
                    .setAccount("acme")
                    .setBatchSize(1_000)
                    .setLimit(1_000)
                    .build());
    assertThat(batches.next().getSerializedSize()).isLessThan(80 * 1024);
  }

  @Test
  void keepsAnswersOfLongSecretsBelowTheClientsLimit() {
    broker.store.put("acme", "x".repeat(64 * 1024));
    assertThat(nextTokens("acme", 1_000).size()).isBetween(16, 32);
  }

  @Test
  void warmCallsReadNothing() {
    broker.store.put("acme", "s1", "s2");
    next("acme");
    int calls = broker.store.calls();
    for (int i = 0; i < 100; i++) {
      next("acme");
    }
    assertThat(calls).isEqualTo(1);
    assertThat(broker.store.calls()).isEqualTo(1);
  }

  @Test
  void tellsThatThereAreNoCredentials() {
    Failure failure = Failure.of(() -> next("42"));
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
    assertThat(failure.message()).isEqualTo("No credentials for account 42.");
    assertThat(failure.metadata()).isEqualTo(Map.of("account", "42"));
  }

  @Test
  void tellsThatAllAreBenched() {
    broker.store.put("acme", "s1", TokenSettings.DEFAULT.withEnabled(false));
    broker.store.put("acme", "s2", TokenSettings.DEFAULT.withExpireTime(Instant.EPOCH));
    Failure failure = Failure.of(() -> next("acme"));
    assertThat(failure.code()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(failure.reason()).isEqualTo("TOKENS_QUARANTINED");
    assertThat(failure.metadata())
        .isEqualTo(Map.of("account", "acme", "disabled", "1", "expired", "1"));
  }

  @Test
  void storeOutageHurtsOnlyWhatIsNotLoaded() {
    broker.store.put("loaded", "s1");
    broker.store.put("other", "s2");
    next("loaded");
    broker.store.setDown(true);
    assertThat(next("loaded").getNumber()).isEqualTo(2);
    Failure failure = Failure.of(() -> next("other"));
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("STORE_UNAVAILABLE");
    assertThat(failure.retrySeconds()).isEqualTo(0.25);
    broker.store.setDown(false);
    broker.millis.addAndGet(250);
    assertThat(next("other").getSecret()).isEqualTo("s2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", " acme", "acme ", "a\nb", "a\u0000b", "a\u007fb", "\t"})
  void refusesInvalidAccounts(String account) {
    Failure failure = Failure.of(() -> next(account));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    assertThat(failure.field()).isEqualTo("account");
    assertThat(broker.store.calls()).isZero();
  }

  @Test
  void takesAccountsOf255CharactersAndNotMore() {
    broker.store.put("a".repeat(255), "s1");
    assertThat(next("a".repeat(255)).getSecret()).isEqualTo("s1");
    Failure failure = Failure.of(() -> next("a".repeat(256)));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.message()).isEqualTo("account must have at most 255 characters, has 256.");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1_001, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void refusesInvalidCounts(int count) {
    broker.store.put("acme", "s1");
    Failure failure = Failure.of(() -> nextTokens("acme", count));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo("count");
    assertThat(failure.message()).isEqualTo("count must be 1 to 1000, is " + count + ".");
  }

  @Test
  void waitsNoLongerThanMaxWait() throws Exception {
    broker.store.put("acme", "s1");
    var reported =
        broker
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("acme")
                    .setTokenId("1")
                    .setReport(
                        Report.newBuilder()
                            .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                            .setRetryAfter(Duration.newBuilder().setSeconds(60)))
                    .build());
    assertThat(reported.getToken().hasReadyTime()).isTrue();
    NextTokenRequest request =
        NextTokenRequest.newBuilder()
            .setAccount("acme")
            .setWait(true)
            .setMaxWait(Duration.newBuilder().setSeconds(5))
            .build();
    ListenableFuture<NextTokenResponse> waiting = broker.futures().nextToken(request);
    ListenableFuture<NextTokensResponse> several =
        broker
            .futures()
            .nextTokens(
                NextTokensRequest.newBuilder()
                    .setAccount("acme")
                    .setCount(1)
                    .setWait(true)
                    .setMaxWait(request.getMaxWait())
                    .build());
    broker.pass(java.time.Duration.ofMillis(4_940));
    broker.alarms.ring();
    assertThat(List.of(waiting, several)).noneMatch(Future::isDone);
    broker.pass(java.time.Duration.ofMillis(20));
    broker.alarms.ring();
    assertThat(Failure.of(catchThrowable(waiting::get)).reason()).isEqualTo("TOKENS_COOLING");
    assertThat(Failure.of(catchThrowable(several::get)).reason()).isEqualTo("TOKENS_COOLING");
  }

  @ParameterizedTest
  @CsvSource({"-1, 0", "0, -1", "1, 1000000000", "31622401, 0"})
  void refusesAMaxWaitBeyondItsRange(long seconds, int nanos) {
    Failure failure =
        Failure.of(
            () ->
                broker
                    .data()
                    .nextToken(
                        NextTokenRequest.newBuilder()
                            .setAccount("acme")
                            .setMaxWait(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
                            .build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo("max_wait");
  }

  @Test
  void tellsItsVersion() {
    broker.store.setDown(true);
    assertThat(broker.data().getVersion(GetVersionRequest.getDefaultInstance()).getVersion())
        .isEqualTo("1.2.3");
  }

  @Test
  void anUnforeseenFaultIsInternalAndTellsNothing() {
    broker.store.put("acme", "s1");
    broker.store.breakWith(new IllegalStateException("the secret is s1"));
    Failure failure = Failure.of(() -> next("acme"));
    assertThat(failure.code()).isEqualTo(Code.INTERNAL);
    assertThat(failure.reason()).isEqualTo("INTERNAL");
    assertThat(failure.message()).contains(failure.metadata().get("incident"));
    assertThat(failure.message()).doesNotContain("s1");
  }

  private Turn next(String account) {
    return broker
        .data()
        .nextToken(NextTokenRequest.newBuilder().setAccount(account).build())
        .getTurn();
  }

  private List<Turn> nextTokens(String account, int count) {
    return broker
        .data()
        .nextTokens(NextTokensRequest.newBuilder().setAccount(account).setCount(count).build())
        .getTurnsList();
  }
}
