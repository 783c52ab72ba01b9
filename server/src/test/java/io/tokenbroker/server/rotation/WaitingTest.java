package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.disabled;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class WaitingTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Bed bed = new Bed(tokens(1));

  @Test
  void tenThousandAreServedInTheirOrderAndHalfOfThemLeave() {
    Bed many = new Bed(tokens(5));
    many.limits =
        new TokenLimits(List.of(new RateLimit(10, Duration.ofSeconds(1))), List.of(), 0, 0);
    many.take("", 50);
    int threads = Thread.activeCount();
    List<CompletableFuture<Turn>> waiters = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      waiters.add(wait(many, Duration.ofHours(1)));
    }
    assertThat(many.failure(wait(many, MINUTE))).is(because(FailureReason.TOO_MANY_WAITERS));
    assertThat(waiterCount(many)).isEqualTo(10_000);
    assertThat(Thread.activeCount()).isEqualTo(threads);
    for (int i = 0; i < waiters.size(); i += 2) {
      waiters.get(i).cancel(false);
    }
    assertThat(waiterCount(many)).isEqualTo(5_000);
    List<Turn> served = new ArrayList<>();
    long expected = 51;
    for (int second = 0; second < 100; second++) {
      many.pass(Duration.ofMillis(1_050));
      // at most fifty a second, and no newcomer before those who wait
      assertThat(many.failure("")).is(because(FailureReason.TOKENS_COOLING));
      for (CompletableFuture<Turn> waiter : waiters) {
        if (waiter.isDone() && !waiter.isCancelled()) {
          served.add(waiter.join());
        }
      }
      waiters.removeIf(CompletableFuture::isDone);
      for (Turn turn : served) {
        assertThat(turn.number()).isEqualTo(expected++);
      }
      assertThat(served).hasSize(50);
      served.clear();
    }
    assertThat(waiters).isEmpty();
    assertThat(waiterCount(many)).isZero();
    many.pass(Duration.ofSeconds(2));
    assertThat(many.alarm.size()).as("nothing is left to ring").isZero();
    many.pass(Duration.ofSeconds(2));
    assertThat(many.table.next(ACCOUNT).join().number()).isEqualTo(expected);
  }

  @Test
  void aReportThatBringsATokenBackServesWhoWaits() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> first = wait(bed, MINUTE);
    CompletableFuture<Turn> scoped = bed.table.next(ACCOUNT, new Scope("a"), new Wait(MINUTE));
    assertThat(waiterCount(bed)).isEqualTo(2);
    bed.good("1", 0);
    assertThat(first).isCompleted();
    assertThat(scoped).isCompleted();
    assertThat(waiterCount(bed)).isZero();
  }

  @Test
  void aRefreshThatBringsATokenServesWhoWaits() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiter = wait(bed, MINUTE);
    bed.refresh(tokens(1));
    assertThat(waiter).isNotDone();
    bed.refresh(tokens(2));
    assertThat(Bed.id(waiter)).isEqualTo("2");
  }

  @Test
  void whoeverWaitsWakesWhenATokenIsReadyToTheNanosecond() {
    bed.cool("1", "", Duration.ofMillis(700));
    CompletableFuture<Turn> waiter = wait(bed, MINUTE);
    bed.pass(Duration.ofMillis(700).minusNanos(1));
    assertThat(waiter).isNotDone();
    bed.pass(Duration.ofNanos(1));
    assertThat(waiter).isCompleted();
  }

  @Test
  void givesUpShortlyBeforeTheDeadlineAndSaysWhenToRetry() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiter = wait(bed, Duration.ofSeconds(10));
    bed.pass(Duration.ofMillis(9_949));
    assertThat(waiter).isNotDone();
    bed.pass(Duration.ofMillis(1));
    assertThat(bed.failure(waiter).details().retryAfter().orElseThrow())
        .isEqualTo(Duration.ofMillis(50_050));
    assertThat(waiterCount(bed)).isZero();
    assertThat(bed.failure(wait(bed, Duration.ofMillis(50))))
        .as("no time to wait")
        .is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void nobodyWaitsForWhatDoesNotComeBackByItself() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiter = wait(bed, MINUTE);
    bed.quarantine("1", MINUTE);
    assertThat(bed.failure(waiter)).is(because(FailureReason.TOKENS_QUARANTINED));
    assertThat(bed.failure(wait(bed, MINUTE))).is(because(FailureReason.TOKENS_QUARANTINED));
    bed.refresh(List.of(disabled("1")));
    assertThat(bed.failure(wait(bed, MINUTE))).is(because(FailureReason.TOKENS_QUARANTINED));
  }

  @Test
  void whoWaitsHearsThatTheAccountIsGone() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiter = wait(bed, MINUTE);
    bed.tokens = List.of();
    assertThat(bed.table.reload(ACCOUNT)).isCompletedExceptionally();
    assertThat(bed.failure(waiter)).is(because(FailureReason.CREDENTIALS_DO_NOT_EXIST));
  }

  @Test
  void aDrainSendsAwayWhoWaits() {
    bed.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiter = wait(bed, MINUTE);
    bed.table.close();
    assertThat(bed.failure(waiter)).is(because(FailureReason.SHUTTING_DOWN));
    assertThat(bed.failure(wait(bed, MINUTE))).is(because(FailureReason.SHUTTING_DOWN));
    bed.good("1", 0);
    assertThat(bed.next("")).isEqualTo("1");
  }

  @Test
  void aHoldThatWaitsGetsTheTokenThatIsGivenBack() {
    bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO).join();
    CompletableFuture<Token> waiter = bed.table.hold(ACCOUNT, Scope.ALL, 1, new Wait(MINUTE));
    CompletableFuture<Turn> turn = wait(bed, MINUTE);
    assertThat(waiterCount(bed)).isEqualTo(2);
    bed.table.unhold(ACCOUNT, new TokenId("1"));
    assertThat(waiter).isCompleted();
    // the turn came first, and is no lease
    assertThat(turn).isCompleted();
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.LEASED);
  }

  @Test
  void whoeverComesWhileTheAccountIsLoadedIsServedInThatOrder() throws Exception {
    FakeLoader loader = new FakeLoader();
    RotationTable table = Defaults.table(loader, MINUTE, () -> 0, bed::now, account -> {});
    List<CompletableFuture<Turn>> calls = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      calls.add(table.next(ACCOUNT, Scope.ALL, new Wait(MINUTE)));
    }
    loader.finish(Fixtures.snapshot(tokens(2)));
    assertThat(calls)
        .extracting(call -> call.join().number())
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
  }

  @Test
  void whoeverIsSentAwayIsInTheOrderOfComingWhateverHisPatience() {
    bed.cool("1", "", MINUTE);
    List<String> left = new ArrayList<>();
    for (String name : List.of("first", "second", "third")) {
      Duration patience = MINUTE.minusSeconds(left.size() + name.length());
      var unused = wait(bed, patience).whenComplete((turn, failure) -> left.add(name));
    }
    bed.table.close();
    assertThat(left).containsExactly("first", "second", "third");
  }

  @Test
  void whoLeavesWhileTheAccountIsLoadedTakesNothing() throws Exception {
    FakeLoader loader = new FakeLoader();
    RotationTable table = Defaults.table(loader, MINUTE, () -> 0, bed::now, account -> {});
    CompletableFuture<Turn> first = table.next(ACCOUNT, Scope.ALL, new Wait(MINUTE));
    first.cancel(false);
    loader.finish(Fixtures.snapshot(tokens(2)));
    assertThat(table.next(ACCOUNT).join().number()).isEqualTo(1);
  }

  private static CompletableFuture<Turn> wait(Bed bed, Duration patience) {
    return bed.table.next(ACCOUNT, Scope.ALL, new Wait(patience));
  }

  private static int waiterCount(Bed bed) {
    return bed.table.state(ACCOUNT, 0).orElseThrow().waiterCount();
  }
}
