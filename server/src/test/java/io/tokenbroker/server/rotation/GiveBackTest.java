package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static io.tokenbroker.server.rotation.Fixtures.weighted;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.UpstreamBudget;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Turns that were made for a stream and that nobody has seen. */
final class GiveBackTest {
  private static final int MAX_BYTES = 1_000_000;
  private static final RateLimit RATE = new RateLimit(10, Duration.ofSeconds(10));
  private static final Quota QUOTA =
      new Quota(10, Period.DAY, ZoneOffset.UTC, LocalTime.MIDNIGHT, 1);

  @Test
  void areAsIfTheyHadNeverBeenMade() {
    Bed bed = bed(3, new TokenLimits(List.of(RATE), List.of(QUOTA), 4, 0));
    assertThat(bed.take("", 4)).containsExactly("1", "2", "3", "1");
    AccountState before = state(bed);
    Batch batch = batch(bed, "", 5);
    assertThat(batch.turns()).hasSize(5);
    supply(bed, "").giveBack(batch);
    assertThat(state(bed)).isEqualTo(before);
    assertThat(bed.take("", 2)).containsExactly("2", "3");
    assertThat(bed.table.next(ACCOUNT).join().number()).isEqualTo(7);
  }

  @Test
  void giveTheirPlacesBackToWeightedTokensToo() {
    for (int taken = 0; taken < 20; taken++) {
      Bed bed = new Bed(weighted(3, 2, 1));
      Bed same = new Bed(weighted(3, 2, 1));
      bed.take("a", taken);
      same.take("a", taken);
      supply(bed, "a").giveBack(batch(bed, "a", 1 + taken % 7));
      assertThat(bed.take("a", 12)).isEqualTo(same.take("a", 12));
    }
  }

  @Test
  void giveTheirBudgetBackThoughOthersHadTurnsSince() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(QUOTA), 0, 0));
    Batch batch = batch(bed, "", 6);
    bed.take("", 4);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
    supply(bed, "").giveBack(batch);
    bed.take("", 5);
    assertThat(bed.table.next(ACCOUNT).join().number()).as("numbers go on").isEqualTo(16);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void giveBackWhatTheyUsedAndNotWhatOthersDid() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(), 0, 0));
    Batch batch = batch(bed, "", 6);
    bed.pass(Duration.ofSeconds(6));
    bed.take("", 4);
    supply(bed, "").giveBack(batch);
    bed.take("", 6);
    bed.pass(Duration.ofSeconds(9));
    // the ten of six seconds later are still in the window
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void giveNothingBackOnceTheyHaveLeftTheWindowOrTheDay() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(QUOTA), 0, 0));
    Batch batch = batch(bed, "", 6);
    bed.pass(Duration.ofHours(20));
    bed.take("", 10);
    supply(bed, "").giveBack(batch);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void giveNothingBackToATokenThatWasResetSince() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(QUOTA), 0, 0));
    Batch batch = batch(bed, "", 6);
    bed.table.reset(ACCOUNT, new TokenId("1")).join();
    bed.take("", 10);
    supply(bed, "").giveBack(batch);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void giveNothingBackOfLimitsThatCameSince() {
    Bed bed = bed(1, TokenLimits.NONE);
    Batch batch = batch(bed, "", 6);
    bed.limits = new TokenLimits(List.of(RATE), List.of(), 0, 0);
    bed.refresh(tokens(1));
    bed.take("", 10);
    supply(bed, "").giveBack(batch);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void areInUseNoMore() {
    Bed bed = bed(1, new TokenLimits(List.of(), List.of(), 3, 0));
    Batch batch = batch(bed, "", 5);
    assertThat(batch.turns()).hasSize(3);
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.CONCURRENCY);
    supply(bed, "").giveBack(batch);
    assertThat(bed.state("1").benched()).isNull();
  }

  @Test
  void giveBackWhatTheUpstreamSaidIsLeftUnlessItSaidSoSince() {
    Bed bed = bed(1, TokenLimits.NONE);
    tell(bed, 0, 10);
    supply(bed, "").giveBack(batch(bed, "", 7));
    Batch batch = batch(bed, "", 8);
    // it may have been told before or after these were made: they count
    tell(bed, 8, 2);
    supply(bed, "").giveBack(batch);
    bed.take("", 2);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  @Test
  void leaveAProbeDueAsItWas() {
    Bed bed = bed(1, TokenLimits.NONE);
    bed.quarantine("1", Duration.ofSeconds(1));
    bed.pass(Duration.ofSeconds(2));
    Batch probe = batch(bed, "", 5);
    assertThat(probe.turns()).hasSize(1);
    assertThat(probe.turns().get(0).probation()).isTrue();
    assertThat(bed.state("1").probeDue()).isFalse();
    bed.pass(Duration.ofMillis(200));
    supply(bed, "").giveBack(probe);
    assertThat(bed.state("1").probeDue()).isTrue();
    assertThat(bed.table.next(ACCOUNT).join().probation()).isTrue();
    bed.pass(Duration.ofMillis(999));
    assertThat(bed.state("1").probeDue()).isFalse();
    bed.pass(Duration.ofMillis(1));
    assertThat(bed.state("1").probeDue()).isTrue();
  }

  @Test
  void goToThoseWhoWait() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(), 0, 0));
    Batch batch = batch(bed, "", 10);
    var waiter = bed.table.next(ACCOUNT, Scope.ALL, new Wait(Duration.ofMinutes(1)));
    assertThat(waiter).isNotDone();
    supply(bed, "").giveBack(batch);
    assertThat(waiter).isCompleted();
    bed.take("", 9);
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  /** The cancellation and the turns meet: the turns come too late. */
  @Test
  void ofACallThatLeavesWhenItsTurnsAreMadeAreGivenBack() {
    Bed bed = bed(1, new TokenLimits(List.of(RATE), List.of(), 0, 0));
    bed.take("", 10);
    CompletableFuture<Batch> waiter = supply(bed, "").next(10, 10, MAX_BYTES);
    var leaver = bed.table.next(ACCOUNT, Scope.ALL, new Wait(Duration.ofMinutes(1)));
    // both are served in one go, the first of them sends the second away meanwhile
    var left = waiter.whenComplete((batch, failure) -> leaver.cancel(false));
    bed.pass(Duration.ofMillis(10_050));
    assertThat(left).isCompleted();
    assertThat(leaver).isCancelled();
    bed.take("", 10 - left.join().turns().size());
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
  }

  private static void tell(Bed bed, long turn, long remaining) {
    ReportRule judge = (before, account, now) -> new ReportRule.Verdict(before, account);
    UpstreamBudget budget = new UpstreamBudget(remaining, bed.now().plusSeconds(60));
    bed.table.report(ACCOUNT, new TokenId("1"), turn, List.of(budget), judge).join();
  }

  private static Bed bed(int tokens, TokenLimits limits) {
    Bed bed = new Bed(tokens(tokens));
    bed.limits = limits;
    return bed;
  }

  private static Supply supply(Bed bed, String scope) {
    return bed.table.supply(ACCOUNT, new Scope(scope));
  }

  private static Batch batch(Bed bed, String scope, int count) {
    return supply(bed, scope).next(count, count, MAX_BYTES).join();
  }

  private static AccountState state(Bed bed) {
    return bed.table.state(ACCOUNT, 100).orElseThrow();
  }
}
