package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.expiring;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Scopes, cooldowns, quarantine, pauses and holds, as a table's callers see them. */
final class ScopeLanesTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Bed bed = new Bed(tokens(3));

  @Test
  void eachScopeHasItsOwnTurns() {
    assertThat(bed.take("a", 2)).containsExactly("1", "2");
    assertThat(bed.take("b", 2)).containsExactly("1", "2");
    assertThat(bed.take("", 1)).containsExactly("1");
    assertThat(bed.take("a", 2)).containsExactly("3", "1");
  }

  @Test
  void aScopedCooldownLeavesTheTokenToAllOthers() {
    bed.cool("2", "a", MINUTE);
    assertThat(bed.take("a", 3)).containsExactly("1", "3", "1");
    assertThat(bed.take("b", 3)).containsExactly("1", "2", "3");
    assertThat(bed.take("", 3)).containsExactly("1", "2", "3");
    assertThat(bed.state("2").benched()).isNull();
    assertThat(bed.state("2").scopes())
        .extracting(s -> s.scope() + " " + s.readyTime())
        .containsExactly("a 2030-05-06T10:01:00Z");
    bed.pass(MINUTE);
    // it resumes its place and does not catch up
    assertThat(bed.take("a", 3)).containsExactly("2", "3", "1");
    assertThat(bed.state("2").scopes()).isEmpty();
  }

  @Test
  void aCooldownWithoutAScopeHoldsForAll() {
    bed.take("a", 1);
    bed.cool("2", "", MINUTE);
    assertThat(bed.take("a", 2)).containsExactly("3", "1");
    assertThat(bed.take("new", 3)).containsExactly("1", "3", "1");
    assertThat(bed.state("2").benched()).isEqualTo(BenchReason.COOLDOWN);
    bed.pass(MINUTE.minusMillis(1));
    assertThat(bed.state("2").benched()).isEqualTo(BenchReason.COOLDOWN);
    bed.pass(Duration.ofMillis(1));
    assertThat(bed.state("2").benched()).isNull();
  }

  @Test
  void tellsTheExactEarliestReturnWithBothKindsOfCooldown() {
    bed.cool("1", "a", Duration.ofSeconds(50));
    bed.cool("1", "", Duration.ofSeconds(10));
    bed.cool("2", "", Duration.ofSeconds(20));
    bed.cool("2", "a", Duration.ofSeconds(40));
    bed.cool("3", "a", Duration.ofSeconds(45));
    BrokerException a = bed.failure("a");
    assertThat(a.details().retryAfter().orElseThrow()).isEqualTo(Duration.ofSeconds(40));
    assertThat(a.details().metadata())
        .isEqualTo(
            Map.of(
                "account",
                "acme",
                "scope",
                "a",
                "ready_time",
                "2030-05-06T10:00:40Z",
                "cooldown",
                "3"));
    bed.cool("3", "", Duration.ofSeconds(60));
    assertThat(bed.failure("").details().retryAfter().orElseThrow())
        .isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aDelayLastsHoweverTheClockIsSetAndATimeOfDayDoesNot() {
    bed.cool("1", "", Duration.ofMinutes(10), false);
    bed.cool("2", "", Duration.ofMinutes(10), true);
    bed.millis.addAndGet(Duration.ofMinutes(10).toMillis());
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.COOLDOWN);
    assertThat(bed.state("2").benched()).isNull();
    bed.pass(Duration.ofMinutes(10));
    assertThat(bed.state("1").benched()).isNull();
  }

  @Test
  void aTimeOfDayHoldsAgainWhenTheClockIsSetBack() {
    bed.cool("2", "", Duration.ofMinutes(10), true);
    bed.cool("1", "a", Duration.ofMinutes(10), true);
    bed.millis.addAndGet(Duration.ofMinutes(10).toMillis());
    assertThat(bed.take("", 3)).containsExactly("1", "2", "3");
    bed.millis.addAndGet(-Duration.ofMinutes(1).toMillis());
    assertThat(bed.take("", 3)).containsExactly("1", "3", "1");
    assertThat(bed.take("a", 2)).containsExactly("3", "3");
  }

  @Test
  void aDelayThatHasEndedDoesNotComeBackWithTheClock() {
    bed.cool("1", "", Duration.ofMinutes(1), false);
    bed.pass(Duration.ofMinutes(1));
    // what is told of one scope says nothing of the others
    bed.cool("1", "a", Duration.ofMinutes(1), false);
    bed.millis.addAndGet(-Duration.ofHours(1).toMillis());
    bed.cool("1", "b", Duration.ofMinutes(1), false);
    assertThat(bed.state("1").benched()).isNull();
  }

  @Test
  void theReasonShownIsTheOneThatHoldsLongestNow() {
    bed.limits = new TokenLimits(List.of(new RateLimit(1, MINUTE)), List.of(), 0, 0);
    bed.refresh(tokens(2));
    bed.next("");
    bed.cool("1", "", Duration.ofMinutes(10), true);
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.COOLDOWN);
    bed.millis.addAndGet(Duration.ofMinutes(10).toMillis() - 1);
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.RATE_LIMIT);
    bed.millis.addAndGet(-Duration.ofMinutes(5).toMillis());
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.COOLDOWN);
  }

  @Test
  void whatExpiredByAClockThatRanAheadComesBack() {
    bed.refresh(List.of(token("1"), expiring("2", Bed.START.plusSeconds(60))));
    bed.millis.addAndGet(60_000);
    assertThat(bed.take("", 2)).containsExactly("1", "1");
    bed.millis.addAndGet(-30_000);
    assertThat(bed.take("", 2)).containsExactly("2", "1");
  }

  @Test
  void scopesAreBounded() {
    Bed two = new Bed(tokens(2), scopes(2));
    two.cool("1", "a", Duration.ofHours(1));
    two.cool("1", "b", Duration.ofHours(3));
    assertThat(two.failure("c"))
        .is(because(FailureReason.TOO_MANY_SCOPES))
        .hasMessageContaining("2 scopes");
    // a report that finds no room changes nothing
    assertThatThrownBy(() -> two.cool("2", "c", MINUTE)).is(because(FailureReason.TOO_MANY_SCOPES));
    assertThat(two.state("2").strikes()).isZero();
    two.next("");
    two.pass(Duration.ofHours(1).minusMillis(1));
    two.failure("c");
    two.pass(Duration.ofMillis(1));
    // a makes room, b has a cooldown
    assertThat(two.next("c")).isEqualTo("1");
    assertThat(two.take("b", 2)).containsExactly("2", "2");
  }

  @Test
  void scopesThatNobodyNeedsLockNobodyOut() {
    Bed four = new Bed(tokens(4), scopes(3));
    four.cool("1", "a", Duration.ofHours(3));
    four.table.hold(ACCOUNT, new Scope("b"), 1, Wait.NO).join();
    four.take("b", 2);
    // each of the many goes on where the one before has stopped
    List<String> madeUp = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      madeUp.add(four.next("made-up-" + i));
      four.pass(Duration.ofMillis(1));
      four.take("b", 1);
    }
    assertThat(madeUp).containsExactly("2", "3", "4", "2", "3", "4");
    // and a still cools, b has its order still
    assertThat(four.take("a", 3)).doesNotContain("1");
    assertThat(four.take("b", 3)).containsExactly("4", "2", "3");
  }

  @Test
  void theScopeThatWasAskedForLongestAgoMakesRoom() {
    Bed two = new Bed(tokens(4), scopes(2));
    two.take("a", 2);
    two.pass(Duration.ofNanos(1));
    two.take("b", 1);
    two.pass(Duration.ofNanos(1));
    assertThat(two.next("a")).isEqualTo("3");
    two.pass(Duration.ofNanos(1));
    assertThat(two.next("c")).as("behind b").isEqualTo("2");
    assertThat(two.next("a")).isEqualTo("4");
  }

  @Test
  void aScopeThatSomebodyWaitsInKeepsItsPlace() {
    Bed one = new Bed(tokens(1), scopes(1));
    one.cool("1", "", MINUTE);
    CompletableFuture<Turn> waiting = one.table.next(ACCOUNT, new Scope("a"), Wait.FOREVER);
    assertThat(one.failure("b")).is(because(FailureReason.TOO_MANY_SCOPES));
    one.pass(MINUTE);
    assertThat(Bed.id(waiting)).isEqualTo("1");
    assertThat(one.next("b")).isEqualTo("1");
  }

  private static RotationSettings scopes(int most) {
    RotationSettings d = Defaults.ROTATION;
    return new RotationSettings(
        d.unknownTtl(),
        most,
        9,
        d.waitMargin(),
        d.limitMargin(),
        d.turnTimeout(),
        MINUTE,
        Long.MAX_VALUE);
  }

  @Test
  void positionsAreKeptByScope() {
    bed.take("a", 2);
    bed.take("", 1);
    bed.take("b", 1);
    bed.refresh(tokens(4));
    assertThat(bed.take("a", 2)).containsExactly("3", "4");
    Bed later = new Bed(tokens(4));
    later.position = Objects.requireNonNull(Fixtures.moved(bed.table).get(ACCOUNT));
    assertThat(later.take("b", 1)).containsExactly("2");
    assertThat(later.take("a", 1)).containsExactly("1");
    assertThat(later.take("", 1)).containsExactly("2");
  }

  @Test
  void aQuarantinedTokenIsProbedByOneCallerAtATime() {
    bed.refresh(tokens(2));
    bed.quarantine("1", MINUTE);
    assertThat(bed.take("", 2)).containsExactly("2", "2");
    assertThat(bed.state("1").readyTime()).isEqualTo(Bed.START.plus(MINUTE));
    bed.pass(MINUTE);
    Turn probe = bed.table.next(ACCOUNT).join();
    assertThat(probe.token().id().value()).isEqualTo("1");
    assertThat(probe.probation()).isTrue();
    assertThat(bed.table.next(ACCOUNT).join().probation()).isFalse();
    assertThat(bed.take("", 2)).containsExactly("2", "2");
    Health health = unsavedHealth().getOrDefault(new TokenId("1"), Health.GOOD);
    Quarantine quarantine = Objects.requireNonNull(health.quarantine());
    assertThat(quarantine.probeTurn()).isEqualTo(probe.number());
    assertThat(quarantine.probeTime()).isEqualTo(bed.now().plus(MINUTE));
    assertThat(quarantine.probeDelay()).isEqualTo(MINUTE.multipliedBy(2));
    bed.good("1", probe.number());
    assertThat(bed.take("", 2)).contains("1");
  }

  @Test
  void aTokenWhoseProbeIsDueIsNotReadyButStillInQuarantine() {
    bed.quarantine("1", MINUTE);
    assertThat(bed.state("1").probeDue()).isFalse();
    bed.pass(MINUTE);
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.QUARANTINE);
    assertThat(bed.state("1").probeDue()).isTrue();
    assertThat(bed.state("1").readyTime()).isEqualTo(bed.now());
    assertThat(ready()).isEqualTo(2);
    bed.refresh(tokens(4));
    assertThat(ready()).isEqualTo(3);
    // while all pause, nobody gets it
    bed.pause(MINUTE);
    assertThat(bed.state("1").probeDue()).isFalse();
    assertThat(bed.state("1").readyTime()).isEqualTo(bed.now().plus(MINUTE));
    bed.pass(MINUTE);
    bed.good("1", 0);
    assertThat(ready()).isEqualTo(4);
    assertThat(bed.state("1").probeDue()).isFalse();
  }

  private int ready() {
    return bed.table.state(ACCOUNT, 0).orElseThrow().readyCount();
  }

  @Test
  void tellsAConcurrencyLimitFromTheOthers() {
    bed.limits =
        new TokenLimits(List.of(new RateLimit(2, MINUTE.multipliedBy(9))), List.of(), 1, 0);
    bed.refresh(tokens(1));
    long first = bed.table.next(ACCOUNT).join().number();
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.CONCURRENCY);
    assertThat(bed.state("1").readyTime()).isEqualTo(bed.now().plus(MINUTE));
    assertThat(bed.failure("").details().metadata()).containsEntry("concurrency", "1");
    bed.good("1", first);
    assertThat(bed.state("1").benched()).isNull();
    bed.next("");
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.RATE_LIMIT);
  }

  @Test
  void aTokenThatCanOnlyBeProbedDoesNotCountAsCooling() {
    bed.refresh(tokens(2));
    bed.quarantine("1", MINUTE);
    bed.quarantine("2", MINUTE);
    assertThat(bed.failure(""))
        .is(because(FailureReason.TOKENS_QUARANTINED))
        .hasMessageContaining("2 refused");
    bed.good("2", 0);
    bed.cool("2", "", Duration.ofMinutes(5));
    assertThat(bed.failure("").details().retryAfter().orElseThrow()).isEqualTo(MINUTE);
  }

  @Test
  void aPauseKeepsAllTokensWithoutBenchingThem() {
    bed.pause(MINUTE);
    BrokerException e = bed.failure("");
    assertThat(e.details().retryAfter().orElseThrow()).isEqualTo(MINUTE);
    assertThat(e.details().metadata()).containsEntry("pause", "3");
    assertThat(bed.state("2").benched()).isEqualTo(BenchReason.PAUSE);
    assertThat(bed.table.state(ACCOUNT, 0).orElseThrow().readyCount()).isZero();
    bed.refresh(tokens(3));
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_COOLING));
    bed.pass(MINUTE);
    assertThat(bed.take("", 3)).containsExactly("1", "2", "3");
  }

  @Test
  void aReportCountsOncePerTurn() {
    long turn = bed.table.next(ACCOUNT).join().number();
    assertThat(bed.good("1", turn).duplicate()).isFalse();
    assertThat(bed.good("1", turn).duplicate()).isTrue();
    assertThat(bed.good("2", turn).duplicate()).as("of another token").isFalse();
    assertThat(bed.good("1", 0).duplicate()).isFalse();
    assertThat(bed.good("1", 0).duplicate()).isFalse();
    for (long other = 100; other < 163; other++) {
      bed.good("1", other);
    }
    assertThat(bed.good("1", turn).duplicate()).as("64 are remembered").isTrue();
    bed.good("1", 163);
    assertThat(bed.good("1", turn).duplicate()).isFalse();
    assertThatThrownBy(() -> bed.good("9", 1)).is(because(FailureReason.TOKEN_DOES_NOT_EXIST));
  }

  @Test
  void healthOutlivesRefreshesAndTheProcess() {
    bed.cool("1", "", MINUTE);
    bed.cool("2", "a", MINUTE);
    bed.refresh(tokens(3));
    assertThat(bed.take("a", 2)).containsExactly("3", "3");
    Map<TokenId, Health> saved = unsavedHealth();
    assertThat(saved).containsOnlyKeys(new TokenId("1"), new TokenId("2"));
    bed.good("2", 0);
    bed.table.healthSaved(Map.of(ACCOUNT, saved));
    assertThat(unsavedHealth()).containsOnlyKeys(new TokenId("2"));

    Bed later = new Bed(tokens(3));
    later.health = saved;
    later.pass(Duration.ofSeconds(59));
    assertThat(later.take("a", 2)).containsExactly("3", "3");
    later.pass(Duration.ofSeconds(1));
    assertThat(later.take("a", 2)).containsExactly("1", "2");
  }

  @Test
  void holdsHaveAnOrderOfTheirOwnAndKeepTokensFromTurns() {
    assertThat(hold("", 1)).isEqualTo("1");
    assertThat(bed.state("1").benched()).isEqualTo(BenchReason.LEASED);
    assertThat(bed.take("", 2)).containsExactly("2", "3");
    assertThat(hold("a", 1)).isEqualTo("2");
    bed.refresh(tokens(3));
    assertThat(hold("", 1)).isEqualTo("3");
    assertThat(bed.failure("")).is(because(FailureReason.TOKENS_LEASED));
    assertThat(bed.failure(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO)))
        .is(because(FailureReason.TOKENS_LEASED));
    TokenId two = new TokenId("2");
    bed.table.granted(ACCOUNT, two, new RemoteHolds(1, bed.now().plusSeconds(7), 1));
    assertThat(bed.failure("").details().retryAfter().orElseThrow())
        .isEqualTo(Duration.ofSeconds(7));
    bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(0, Instant.MAX, 2));
    bed.table.unhold(ACCOUNT, two);
    assertThat(bed.take("", 2)).containsExactly("2", "2");
    assertThat(hold("", 1)).isEqualTo("2");
  }

  @Test
  void theFirstTokenThatIsBackMayBeALeasedOne() {
    assertThat(hold("", 1)).isEqualTo("1");
    assertThat(hold("", 1)).isEqualTo("2");
    TokenId one = new TokenId("1");
    bed.table.granted(ACCOUNT, one, new RemoteHolds(1, bed.now().plusSeconds(7), 1));
    bed.table.granted(ACCOUNT, new TokenId("2"), new RemoteHolds(1, bed.now().plusSeconds(5), 2));
    bed.cool("2", "", Duration.ofSeconds(9));
    bed.cool("3", "", Duration.ofHours(2));
    assertThat(bed.failure("").details().retryAfter().orElseThrow())
        .isEqualTo(Duration.ofSeconds(7));
    bed.table.leasedElsewhere(ACCOUNT, one, new RemoteHolds(0, Instant.MAX, 3));
    bed.cool("1", "", Duration.ofHours(1));
    assertThat(bed.failure("").details().retryAfter().orElseThrow())
        .isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void severalHoldsAreSpread() {
    assertThat(List.of(hold("", 2), hold("", 2), hold("", 2), hold("", 2)))
        .containsExactly("1", "2", "3", "1");
    TokenId two = new TokenId("2");
    bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(1, bed.now().plusSeconds(5), 2));
    bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(0, Instant.MAX, 1));
    assertThat(hold("", 2)).isEqualTo("3");
    assertThat(bed.failure(bed.table.hold(ACCOUNT, Scope.ALL, 2, Wait.NO)))
        .is(because(FailureReason.TOKENS_LEASED));
    bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(0, Instant.MAX, 3));
    assertThat(hold("", 2)).isEqualTo("2");
  }

  @Test
  void aHoldPassesOverWhatIsBenched() {
    bed.cool("1", "", MINUTE);
    bed.quarantine("3", MINUTE);
    assertThat(hold("", 1)).isEqualTo("2");
    assertThat(bed.failure(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO)))
        .is(because(FailureReason.TOKENS_COOLING));
    bed.pass(MINUTE);
    // what is due for a probe is not leased
    assertThat(hold("", 1)).isEqualTo("1");
    assertThat(bed.failure(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO)))
        .is(because(FailureReason.TOKENS_LEASED));
  }

  @Test
  void aHoldThatNobodyHadDoesNotUseUpAPlaceInTheOrder() {
    assertThat(hold("", 2)).isEqualTo("1");
    for (int i = 0; i < 5; i++) {
      assertThat(hold("", 2)).isEqualTo("2");
      bed.table.giveBack(ACCOUNT, Scope.ALL, new TokenId("2"));
    }
    assertThat(List.of(hold("", 2), hold("", 2))).containsExactly("2", "3");
    // others were taken meanwhile: their order stays
    bed.table.giveBack(ACCOUNT, Scope.ALL, new TokenId("2"));
    assertThat(hold("", 2)).isEqualTo("1");
    assertThat(hold("", 2)).isEqualTo("2");
  }

  @Test
  void weightsGetTheirSharesOfLeasesThoughSomeAreGivenBack() {
    Bed weighted = new Bed(List.of(token("1", 2), token("2", 1)));
    List<String> held = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      for (int back = 0; back < i; back++) {
        TokenId id = weighted.table.hold(ACCOUNT, Scope.ALL, 100, Wait.NO).join().id();
        weighted.table.giveBack(ACCOUNT, Scope.ALL, id);
      }
      held.add(weighted.table.hold(ACCOUNT, Scope.ALL, 100, Wait.NO).join().id().value());
    }
    assertThat(held).containsExactly("1", "2", "1", "1", "2", "1", "1", "2", "1", "1", "2", "1");
  }

  @Test
  void tellsWatchersOfEachChange() {
    bed.table.load(ACCOUNT).join();
    int before = bed.changes.get();
    bed.cool("1", "", MINUTE);
    assertThat(bed.changes.get()).isEqualTo(before + 1);
    bed.cool("2", "a", MINUTE);
    assertThat(bed.changes.get()).isEqualTo(before + 2);
    bed.pass(MINUTE);
    bed.table.expire(ACCOUNT);
    assertThat(bed.changes.get()).isEqualTo(before + 3);
    bed.next("");
    bed.table.expire(ACCOUNT);
    assertThat(bed.changes.get()).isEqualTo(before + 3);
    bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO).join();
    assertThat(bed.changes.get()).isEqualTo(before + 4);
  }

  private Map<TokenId, Health> unsavedHealth() {
    return bed.table.unsavedHealth().getOrDefault(ACCOUNT, Map.of());
  }

  private String hold(String scope, int maxHolds) {
    return bed.table.hold(ACCOUNT, new Scope(scope), maxHolds, Wait.NO).join().id().value();
  }
}
