package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UnaryCallsTest {
  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void handsOutTurns() {
    assertThat(client.nextToken("a").getNumber()).isEqualTo(1);
    assertThat(client.nextTokens("a", 3)).extracting(Turn::getNumber).containsExactly(2L, 3L, 4L);
    assertThat(client.nextTokenAsync("a").join().getNumber()).isEqualTo(5);
  }

  @Test
  void passesTheBrokersErrorOn() {
    broker.tokens.failNext(Errors.noCredentials("a"), Errors.noCredentials("a"));
    assertThatThrownBy(() -> client.nextToken("a"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("NOT_FOUND: No credentials for account a.")
        .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("CREDENTIALS_DO_NOT_EXIST"));
    assertThatThrownBy(() -> client.nextTokenAsync("a").join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(StatusRuntimeException.class);
  }

  @Test
  void cancellingTheFutureCancelsTheCall() throws InterruptedException {
    CountDownLatch cancelled = new CountDownLatch(1);
    broker.tokens.silent = true;
    broker.tokens.onCancel = cancelled::countDown;
    TokenBrokerClient patient = TokenBrokerClient.over(client.channel(), Duration.ofDays(1));
    CompletableFuture<Turn> turn = patient.nextTokenAsync("a");
    assertThat(cancelled.getCount()).isOne();
    turn.cancel(false);
    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void hasADeadlineOfTenSecondsUnlessTheCallerSetsOne() {
    client.nextToken("a");
    assertThat(remaining()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(10));
    var unused =
        client
            .stub()
            .withDeadlineAfter(Duration.ofSeconds(60))
            .nextToken(io.tokenbroker.v1.NextTokenRequest.getDefaultInstance());
    assertThat(remaining()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
  }

  @Test
  void takesTheDeadlineOfItsContext() {
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try (Context.CancellableContext context =
        Context.current().withDeadlineAfter(60, TimeUnit.SECONDS, scheduler)) {
      context.run(() -> client.nextToken("a"));
    } finally {
      scheduler.shutdownNow();
    }
    assertThat(remaining()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
  }

  @Test
  void asksForAScopeAndWaitsWithinTheWait() {
    TurnOptions options =
        TurnOptions.DEFAULT.withScope("gpt-9").withMaxWait(Duration.ofSeconds(60));
    assertThat(options.patience())
        .as("the broker's answer is to come first")
        .isEqualTo(Duration.ofSeconds(62));
    client.nextToken("a", options);
    assertThat(remaining()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(62));
    client.nextTokenAsync("a", options).join();
    assertThat(remaining()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(62));
    client.nextTokens("a", 2, options);
    assertThat(remaining()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(62));
    assertThat(broker.tokens.asked)
        .hasSize(2)
        .allMatch(asked -> asked.getWait() && asked.getScope().equals("gpt-9"))
        .allMatch(asked -> asked.getMaxWait().getSeconds() == 60);
    assertThat(broker.tokens.askedForSeveral)
        .allMatch(asked -> asked.getWait() && asked.getScope().equals("gpt-9"))
        .allMatch(asked -> asked.getMaxWait().getSeconds() == 60);
  }

  @Test
  void tellsTheBrokerOfNoLongerWaitThanTheContractHasRoomFor() {
    client.nextToken("a", TurnOptions.DEFAULT.withMaxWait(Duration.ofDays(10_000)));
    assertThat(broker.tokens.asked.get(0).getMaxWait().getSeconds())
        .isEqualTo(Duration.ofDays(366).toSeconds());
  }

  @Test
  void neitherWaitsNorHasAScopeByDefault() {
    client.nextToken("a");
    assertThat(broker.tokens.asked)
        .allMatch(asked -> !asked.getWait() && asked.getScope().isEmpty());
    assertThatThrownBy(() -> TurnOptions.DEFAULT.withMaxWait(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void streamsOfAScope() throws Exception {
    client.stream("a", StreamOptions.DEFAULT.withScope("gpt-9").withBatchSize(7)).close();
    assertThat(broker.tokens.streams.take().request.getScope()).isEqualTo("gpt-9");
  }

  @Test
  void reportsTheOutcomeOfATurn() {
    Turn turn = client.nextToken("a");
    Report limited = Reports.of(Outcome.OUTCOME_RATE_LIMITED, Duration.ofMillis(6500));
    assertThat(client.reportOutcome("a", turn, "gpt-9", limited).getDuplicate()).isFalse();
    assertThat(client.reportOutcomeAsync("a", turn, "gpt-9", limited).join().getDuplicate())
        .isTrue();
    assertThat(broker.tokens.reports.get(0))
        .isEqualTo(
            ReportOutcomeRequest.newBuilder()
                .setAccount("a")
                .setTokenId("1")
                .setTurn(1)
                .setScope("gpt-9")
                .setReport(limited)
                .build());
    assertThat(limited.getRetryAfter().getSeconds()).isEqualTo(6);
    assertThat(limited.getRetryAfter().getNanos()).isEqualTo(500_000_000);
    client.reportOutcome("a", turn, Reports.ok());
    assertThat(broker.tokens.reports.get(2).getScope()).isEmpty();
  }

  @Test
  void streamsHaveNoDeadline() {
    client.stream("a").close();
    assertThat(broker.tokens.calls).hasValue(1);
    assertThat(broker.tokens.deadline).isNull();
  }

  @Test
  void givesUpAtTheDeadline() {
    broker.tokens.silent = true;
    try (TokenBrokerClient hasty =
        TokenBrokerClient.over(client.channel(), Duration.ofMillis(20))) {
      assertThatThrownBy(() -> hasty.nextToken("a"))
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode())
                      .isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }
  }

  private Duration remaining() {
    return Duration.ofNanos(
        Objects.requireNonNull(broker.tokens.deadline).timeRemaining(TimeUnit.NANOSECONDS));
  }
}
