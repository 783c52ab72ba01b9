package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What is done with accounts whose right ends. */
final class RightsTest {
  private static final TokenId ONE = new TokenId("1");

  private final AtomicLong nanos = new AtomicLong();
  private long tick; // of each look at the clock
  private HeldRight right = new HeldRight(1);
  private TokenLimits limits = TokenLimits.NONE;
  private Supplier<CompletableFuture<AccountSnapshot>> load =
      () -> CompletableFuture.completedFuture(snapshot(0));

  private final RotationTable table =
      new RotationTable(
          account -> load.get(),
          Defaults.ROTATION,
          () -> nanos.addAndGet(tick),
          () -> Instant.EPOCH,
          (delay, task) -> {},
          account -> {},
          EvictionGuard.NONE,
          account -> {
            if (right.state == Right.State.ENDED) {
              throw right.refusal(account);
            }
            return right;
          });

  private AccountSnapshot snapshot(long turn) {
    return new AccountSnapshot(
        Fixtures.tokens(1),
        new Position(turn, List.of()),
        new Fingerprint(1, 1),
        limits,
        Map.of(),
        Map.of());
  }

  private long next() {
    return table.next(ACCOUNT).join().number();
  }

  private void assertRefused(CompletableFuture<?> call) {
    assertThatThrownBy(call::join).has(because(FailureReason.NOT_OWNER));
  }

  @Test
  void whatWasLoadedByARightThatHasEndedIsNeverUsedAgain() {
    assertThat(next()).isEqualTo(1);
    right.state = Right.State.ENDED;

    assertRefused(table.next(ACCOUNT));
    assertRefused(table.report(ACCOUNT, ONE, 1, List.of(), (h, a, now) -> new Verdict(h, a)));
    assertRefused(table.load(ACCOUNT));
    assertThat(table.unsavedPositions().next(9)).isEmpty();
    assertThat(table.size()).isZero();

    // another one was the owner, and had turns
    right = new HeldRight(2);
    load = () -> CompletableFuture.completedFuture(snapshot(50));
    assertThat(next()).isEqualTo(51);
  }

  @Test
  void whatARightThatHasEndedCouldNotSaveIsNotGivenBackToALaterOne() {
    limits = new TokenLimits(List.of(new RateLimit(1, Duration.ofHours(1))), List.of(), 0, 0);
    HeldRight before = right;
    before.savesFirst = true;
    CompletableFuture<Turn> unsaved = table.next(ACCOUNT);
    before.state = Right.State.ENDED;
    // the next owner knows nothing of it, nor does this broker when it is the owner again
    right = new HeldRight(2);
    assertThat(next()).isEqualTo(1);

    before.saves.get(0).complete(false);

    assertRefused(unsaved);
    assertThatThrownBy(this::next).has(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void aTurnThatNobodyGotIsGivenBackToTheRightItIsOfAlone() {
    Turn early = table.next(ACCOUNT).join();
    right.state = Right.State.ENDED;
    right = new HeldRight(2);
    Turn late = table.next(ACCOUNT).join();

    table.giveBack(ACCOUNT, Scope.ALL, List.of(early));
    assertThat(next()).isEqualTo(late.number() + 1);

    table.giveBack(ACCOUNT, Scope.ALL, List.of(late));
    assertThat(next()).isEqualTo(late.number() + 2);
  }

  @Test
  void aRightThatComesAgainBeforeAnybodyNoticedReadsAnew() {
    assertThat(next()).isEqualTo(1);
    right.state = Right.State.ENDED;
    right = new HeldRight(2);
    load = () -> CompletableFuture.completedFuture(snapshot(50));

    assertThat(next()).isEqualTo(51);
  }

  @Test
  void aLoadThatEndsAfterItsRightIsDropped() {
    CompletableFuture<AccountSnapshot> slow = new CompletableFuture<>();
    load = () -> slow;
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    CompletableFuture<Void> second = table.reload(ACCOUNT);
    right.state = Right.State.ENDED;
    slow.complete(snapshot(0));

    assertRefused(first);
    assertRefused(second);
    assertThat(table.size()).isZero();
  }

  @Test
  void whoWaitsIsSentOnWhenTheAccountIsPutOut() {
    limits = new TokenLimits(List.of(new RateLimit(1, Duration.ofHours(1))), List.of(), 0, 0);
    assertThat(next()).isEqualTo(1);
    CompletableFuture<Turn> waiting =
        table.next(ACCOUNT, Scope.ALL, Wait.of(Duration.ofHours(2), ""));

    right.state = Right.State.STOPPED;
    CompletableFuture<?> reset = table.reset(ACCOUNT, ONE);
    assertRefused(reset);
    assertThat(waiting).isNotDone();
    right.state = Right.State.ENDED;
    assertThat(table.moves().ended()).containsExactly(ACCOUNT);

    assertRefused(waiting);
    assertThat(table.size()).isZero();
    assertThat(table.moves().absence(ACCOUNT).reason()).isEqualTo(FailureReason.NOT_OWNER);
  }

  @Test
  void whatIsStoppedIsSavedWithAllThatWouldNotOutliveTheProcess() {
    limits = new TokenLimits(List.of(new RateLimit(2, Duration.ofSeconds(10))), List.of(), 1, 0);
    assertThat(next()).isEqualTo(1);
    assertThat(table.unsavedUsage()).isEmpty();

    right.state = Right.State.STOPPED;
    table.moves().stopped();

    assertRefused(table.next(ACCOUNT));
    assertThat(table.unsavedPositions().next(9)).containsKey(ACCOUNT);
    assertThat(table.unsavedUsage().get(ACCOUNT).get(ONE))
        .extracting(usage -> usage.limit())
        .containsExactlyInAnyOrder("rate:PT10S", "in_use");
  }

  @Test
  void whoWaitedIsServedWhenTheAccountStays() {
    assertThat(next()).isEqualTo(1);
    right.state = Right.State.STOPPED;
    assertRefused(table.next(ACCOUNT));

    right.state = Right.State.FULL;
    table.moves().resumed();

    assertThat(next()).isEqualTo(2);
  }

  @Test
  void withoutADatabaseAccountsWithoutLimitsGoOn() {
    assertThat(next()).isEqualTo(1);
    right.state = Right.State.UNLIMITED;

    assertThat(next()).isEqualTo(2);
    assertRefused(table.next(new AccountId("not-loaded")));
  }

  @Test
  void withoutADatabaseAccountsWithLimitsAreRefused() {
    limits = new TokenLimits(List.of(new RateLimit(9, Duration.ofHours(1))), List.of(), 0, 0);
    assertThat(next()).isEqualTo(1);
    right.state = Right.State.UNLIMITED;

    assertRefused(table.next(ACCOUNT));
    right.state = Right.State.FULL;
    assertThat(next()).isEqualTo(2);
  }

  @Test
  void aRightThatLoadsServesWhatTurnsOutToHaveNoLimits() {
    right.state = Right.State.UNLIMITED;
    right.alsoLoads = true;

    assertThat(next()).isEqualTo(1);
    assertThat(next()).isEqualTo(2);
  }

  @Test
  void aRightThatLoadsRefusesWhatTurnsOutToHaveLimits() {
    limits = new TokenLimits(List.of(new RateLimit(9, Duration.ofHours(1))), List.of(), 0, 0);
    right.state = Right.State.UNLIMITED;
    right.alsoLoads = true;

    assertRefused(table.next(ACCOUNT));
    assertRefused(table.next(ACCOUNT));
  }

  private void limitTo(int count, Duration window) {
    limits = new TokenLimits(List.of(new RateLimit(count, window)), List.of(), 0, 0);
    right.savesFirst = true;
  }

  @Test
  void whatIsUsedOfLimitsIsToldOnceItIsSaved() {
    limitTo(2, Duration.ofSeconds(10));
    CompletableFuture<Turn> first = table.next(ACCOUNT);

    assertThat(first).isNotDone();
    assertThat(table.unsavedUsage().get(ACCOUNT).get(ONE))
        .extracting(Usage::limit)
        .containsExactly("rate:PT10S");
    right.saves.get(0).complete(true);
    assertThat(first.join().number()).isEqualTo(1);
  }

  @Test
  void turnsInUseAreSavedFirstAndForgottenOnceReported() {
    limits = new TokenLimits(List.of(), List.of(), 2, 0);
    right.savesFirst = true;
    for (int i = 0; i < 2; i++) {
      CompletableFuture<Turn> turn = table.next(ACCOUNT);
      assertThat(turn).isNotDone();
      assertThat(inUse()).hasSize(i + 1);
      right.saves.get(i).complete(true);
      assertThat(turn.join().number()).isEqualTo(i + 1);
    }
    table.usageSaved(table.unsavedUsage());
    assertThat(table.unsavedUsage()).isEmpty();

    var unused = table.report(ACCOUNT, ONE, 1, List.of(), (h, a, now) -> new Verdict(h, a)).join();
    assertThat(inUse()).containsExactly(2L);
    var unusedAnswer =
        table.report(ACCOUNT, ONE, 2, List.of(), (h, a, now) -> new Verdict(h, a)).join();
    assertThat(inUse()).isEmpty();
    table.usageSaved(table.unsavedUsage());
    assertThat(table.unsavedUsage()).isEmpty();
  }

  /** Their numbers, as they would be saved now. */
  private List<Long> inUse() {
    return table
        .unsavedUsage()
        .getOrDefault(ACCOUNT, Map.of())
        .getOrDefault(ONE, List.of())
        .stream()
        .filter(usage -> usage.limit().equals(Usage.ALL_IN_USE))
        .flatMap(usage -> usage.charges().stream())
        .map(Usage.Charge::count)
        .toList();
  }

  /** Reports that a turn's token is to cool. */
  private CompletableFuture<Reported> cool(long turn) {
    return table.report(
        ACCOUNT,
        ONE,
        turn,
        List.of(),
        (health, account, now) ->
            new Verdict(
                new Health(
                    0, Map.of(Scope.ALL, new Health.Cooldown(1, now.plusSeconds(9), false)), null),
                account));
  }

  @Test
  void aReportIsToldOnceItIsSavedAlsoTheSecondTime() {
    right.savesFirst = true;
    long turn = next();
    CompletableFuture<Reported> first = cool(turn);
    CompletableFuture<Reported> again = cool(turn);

    assertThat(first).isNotDone();
    assertThat(again).isNotDone();
    right.saves.get(0).complete(true);
    assertThat(first.join().duplicate()).isFalse();
    right.saves.get(1).complete(true);
    assertThat(again.join().duplicate()).isTrue();
  }

  @Test
  void whoJudgesHearsWhatHasTakenEffectWhetherOrNotItIsSaved() {
    right.savesFirst = true;
    List<Reported> taken = new ArrayList<>();
    ReportRule judge =
        new ReportRule() {
          @Override
          public Verdict judge(Health before, AccountHealth account, Instant now) {
            return new Verdict(before, account);
          }

          @Override
          public void taken(Reported reported) {
            taken.add(reported);
          }
        };
    List<UpstreamBudget> budgets = List.of(new UpstreamBudget(0, Instant.EPOCH.plusSeconds(9)));
    CompletableFuture<Reported> report = table.report(ACCOUNT, ONE, next(), budgets, judge);

    assertThat(report).isNotDone();
    assertThat(taken).hasSize(1);
  }

  @Test
  void whatAnUpstreamHasLeftIsToldOnceItIsSaved() {
    right.savesFirst = true;
    long turn = next();
    List<UpstreamBudget> budgets = List.of(new UpstreamBudget(0, Instant.EPOCH.plusSeconds(9)));
    CompletableFuture<Reported> report =
        table.report(ACCOUNT, ONE, turn, budgets, (h, a, now) -> new Verdict(h, a));

    assertThat(report).isNotDone();
    right.saves.get(0).complete(true);
    assertThat(report).isCompleted();
  }

  @Test
  void aReportThatChangesNothingWaitsForNothing() {
    right.savesFirst = true;
    long turn = next();

    assertThat(table.report(ACCOUNT, ONE, turn, List.of(), (h, a, now) -> new Verdict(h, a)))
        .isCompleted();
  }

  @Test
  void aReportThatCannotBeSavedIsNoneUntilItIs() {
    right.savesFirst = true;
    long turn = next();
    CompletableFuture<Reported> first = cool(turn);
    for (int i = 0; i < 3; i++) {
      assertThat(first).isNotDone();
      right.saves.get(i).complete(false);
    }
    assertThatThrownBy(first::join).has(because(FailureReason.STORE_UNAVAILABLE));

    CompletableFuture<Reported> again = cool(turn);
    right.saves.get(3).complete(true);
    assertThat(again).isCompleted();
  }

  @Test
  void aReportWhoseRightHasEndedMeanwhileGoesOn() {
    right.savesFirst = true;
    CompletableFuture<Reported> report = cool(next());
    right.state = Right.State.ENDED;
    right.saves.get(0).complete(true); // of what is still here, and this was not

    assertRefused(report);
  }

  @Test
  void withoutADatabaseReportsAreTakenWhereTurnsAre() {
    right.savesFirst = true;
    CompletableFuture<Reported> report = cool(next());
    right.state = Right.State.UNLIMITED;
    for (int i = 0; i < 3; i++) {
      right.saves.get(i).complete(false);
    }

    assertThat(report).isCompleted();
  }

  @Test
  void whoWaitedIsToldOnceItIsSavedToo() {
    limitTo(1, Duration.ofHours(1));
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    CompletableFuture<Turn> waiting =
        table.next(ACCOUNT, Scope.ALL, Wait.of(Duration.ofHours(2), ""));
    assertThat(right.saves).hasSize(1);

    assertThat(first.cancel(false)).isTrue();
    right.saves.get(0).complete(true); // nobody has it: it is given back, and goes to who waits

    assertThat(waiting).isNotDone();
    right.saves.get(1).complete(true);
    assertThat(waiting.join().number()).isEqualTo(1);
  }

  @Test
  void whatCannotBeSavedIsTriedAgainAndThenGivenBack() {
    limitTo(1, Duration.ofHours(1));
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    for (int i = 0; i < 3; i++) {
      assertThat(first).isNotDone();
      right.saves.get(i).complete(false);
    }

    assertThatThrownBy(first::join).has(because(FailureReason.STORE_UNAVAILABLE));
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    right.saves.get(3).complete(false);
    right.saves.get(4).complete(true);
    assertThat(second.join().number()).isEqualTo(1);
  }

  @Test
  void whoIsGivenBackLeavesTheUseOfOthersAsItIs() {
    tick = 1_000;
    limitTo(2, Duration.ofSeconds(10));
    CompletableFuture<Turn> left = table.next(ACCOUNT);
    nanos.addAndGet(200_000_000);
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    left.cancel(false);
    nanos.addAndGet(100_000_000);
    right.saves.forEach(save -> save.complete(true));
    assertThat(second).isCompleted();

    nanos.set(Duration.ofSeconds(10).toNanos() + 60_000_000);
    assertThat(table.next(ACCOUNT)).isNotDone();
    assertThat(table.next(ACCOUNT))
        .as("the second one, and two more, within ten seconds")
        .isCompletedExceptionally();
  }

  @Test
  void whoIsGivenBackAfterTheWindowLeavesTheUseOfOthersAsItIs() {
    limitTo(2, Duration.ofSeconds(10));
    CompletableFuture<Turn> left = table.next(ACCOUNT);
    nanos.set(Duration.ofSeconds(9).toNanos());
    CompletableFuture<Turn> second = table.next(ACCOUNT);
    left.cancel(false);
    nanos.set(Duration.ofSeconds(11).toNanos());
    right.saves.forEach(save -> save.complete(true));
    assertThat(second).isCompleted();

    assertThat(table.next(ACCOUNT)).isNotDone();
    assertThat(table.next(ACCOUNT)).as("three within two seconds").isCompletedExceptionally();
  }

  @Test
  void whatIsNotSavedInTimeIsNotTold() {
    limitTo(9, Duration.ofHours(1));
    CompletableFuture<Turn> first = table.next(ACCOUNT);
    right.state = Right.State.ENDED;
    right.saves.get(0).complete(true); // of what is still here, and this was not

    assertRefused(first);
  }

  @Test
  void withoutLimitsNobodyWaitsForASave() {
    right.savesFirst = true;

    assertThat(next()).isEqualTo(1);
    assertThat(right.saves).isEmpty();
  }
}
