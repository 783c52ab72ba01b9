package io.tokenbroker.server.rotation;

import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CensusTest {
  private final TestBroker broker = new TestBroker();
  private Set<AccountId> told = Set.of();

  @BeforeEach
  void accounts() {
    List.of("a", "b", "c").forEach(name -> broker.store.put(name, "made-up"));
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void turns(String account, int count) {
    var unused =
        broker
            .data()
            .nextTokens(NextTokensRequest.newBuilder().setAccount(account).setCount(count).build());
  }

  private Set<String> busiest(boolean anew) {
    told =
        broker.table.census(2, told, anew).busiest().stream()
            .map(Census.Account::account)
            .collect(Collectors.toSet());
    return told.stream().map(AccountId::value).collect(Collectors.toSet());
  }

  @Test
  void toldIsWhoWasToldUntilItIsLookedAnew() {
    turns("a", 9);
    assertThat(busiest(true)).containsExactly("a");
    for (int scrapes = 0; scrapes < 3; scrapes++) {
      assertThat(busiest(false)).containsExactly("a");
    }
    turns("b", 5);
    assertThat(busiest(false)).as("there is room").containsExactlyInAnyOrder("a", "b");
    turns("c", 50);
    assertThat(busiest(false)).as("nobody goes in between").containsExactlyInAnyOrder("a", "b");
    assertThat(busiest(true)).containsExactlyInAnyOrder("b", "c");
    assertThat(busiest(true)).as("who is idle stays while there is room").hasSize(2);
  }

  @Test
  void tellsHowLongTheOneHasWaitedWhoWaitsTheLongest() {
    var turn = broker.data().nextToken(NextTokenRequest.newBuilder().setAccount("a").build());
    var unused =
        broker
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("a")
                    .setTokenId(turn.getTurn().getTokenId())
                    .setTurn(turn.getTurn().getNumber())
                    .setReport(
                        Report.newBuilder()
                            .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                            .setRetryAfter(
                                com.google.protobuf.Duration.newBuilder().setSeconds(60)))
                    .build());
    assertThat(census().longestWaitNanos()).isZero();
    List<CompletableFuture<Turn>> waiting = new ArrayList<>();
    for (int calls = 0; calls < 2; calls++) {
      broker.millis.addAndGet(5_000);
      waiting.add(
          broker.table.next(new AccountId("a"), Scope.ALL, new Wait(Duration.ofSeconds(60))));
    }
    broker.millis.addAndGet(1_500);
    assertThat(census().waiters()).isEqualTo(2);
    assertThat(census().longestWaitNanos()).isEqualTo(6_500_000_000L);
    waiting.get(0).cancel(false);
    assertThat(census().longestWaitNanos()).as("the other one").isEqualTo(1_500_000_000L);
  }

  @Test
  void tellsWhichTokensExpireSoon() {
    Instant now = broker.now();
    for (int days : new int[] {-1, 0, 1, 6, 7, 30, 31}) {
      broker.store.put(
          "d" + days, "made-up", TokenSettings.DEFAULT.withExpireTime(now.plus(days, DAYS)));
    }
    broker.store.put("same", "made-up", TokenSettings.DEFAULT.withExpireTime(now.plus(6, DAYS)));
    assertThat(census().expiry().firstMillis()).as("of nothing").isEqualTo(Long.MAX_VALUE);
    for (String account : List.of("a", "d-1", "d0", "d1", "d6", "d7", "d30", "d31", "same")) {
      try {
        turns(account, 1);
      } catch (StatusRuntimeException e) {
        assertThat(account).isIn("d-1", "d0");
      }
    }
    assertThat(census().tokens()).isEqualTo(9);
    assertThat(census().expiry().within()).isEqualTo(Map.of(1, 1L, 7, 4L, 30, 5L));
    assertThat(census().expiry().firstMillis()).isEqualTo(now.plus(1, DAYS).toEpochMilli());
    broker.millis.addAndGet(Duration.ofDays(8).toMillis());
    assertThat(census().expiry().within())
        .as("accounts that nobody has asked for since")
        .isEqualTo(Map.of(1, 0L, 7, 0L, 30, 2L));
  }

  private Census census() {
    return broker.table.census(2, told, false);
  }
}
