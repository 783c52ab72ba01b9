package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A caller whose calls fill the lines of an account has one turn in its turn. */
class FairCallersTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofSeconds(1);

  /** With the margin of limits. */
  private static final Duration LATER = TICK.plus(Defaults.ROTATION.limitMargin()).plusMillis(1);

  /** Who was served, in this order. */
  private final List<String> served = new ArrayList<>();

  /** One token, a turn of which may be had a second. */
  private final Bed bed = new Bed(tokens(1));

  FairCallersTest() {
    bed.limits = new TokenLimits(List.of(new RateLimit(1, TICK)), List.of(), 0, 0);
    bed.next("");
  }

  private CompletableFuture<Turn> next(String caller, String scope, String name) {
    CompletableFuture<Turn> turn =
        bed.table.next(ACCOUNT, new Scope(scope), new Wait(HOUR, caller));
    var unused = turn.thenAccept(any -> served.add(name));
    return turn;
  }

  private void pass(int ticks) {
    for (int i = 0; i < ticks; i++) {
      bed.pass(LATER);
    }
  }

  @Test
  void callersAreServedInTurnAndTheCallsOfOneInTheirOrder() {
    for (int i = 0; i < 100; i++) {
      var unused = next("bad", "", "bad " + i);
    }
    for (int i = 0; i < 3; i++) {
      var unused = next("good", "", "good " + i);
    }
    var unused = next("other", "", "other");
    pass(9);
    assertThat(served)
        .containsExactly(
            "bad 0", "good 0", "other", "bad 1", "good 1", "bad 2", "good 2", "bad 3", "bad 4");
  }

  @Test
  void thoseWhoAreOneCallerAreServedInTheOrderOfTheirArrival() {
    for (int i = 0; i < 5; i++) {
      var unused = next("", "", "call " + i);
    }
    pass(5);
    assertThat(served).containsExactly("call 0", "call 1", "call 2", "call 3", "call 4");
  }

  @Test
  void whoComesBackIsServedInItsTurn() {
    for (int i = 0; i < 50; i++) {
      var unused = next("bad", "", "bad");
    }
    for (int i = 0; i < 10; i++) {
      CompletableFuture<Turn> mine = next("good", "", "good");
      pass(2);
      assertThat(mine).isCompleted();
    }
  }

  @Test
  void scopesOfItsOwnGiveACallerNoMore() {
    for (int i = 0; i < 30; i++) {
      var unused = next("bad", "made-up-" + i, "bad");
    }
    for (int i = 0; i < 5; i++) {
      var unused = next("good", "", "good");
    }
    pass(10);
    assertThat(served).filteredOn("good"::equals).hasSize(5);
  }

  @Test
  void streamsTakeTheirCallersTurns() {
    for (int i = 0; i < 30; i++) {
      more(bed.table.supply(ACCOUNT, Scope.ALL, "bad"), "bad");
    }
    more(bed.table.supply(ACCOUNT, Scope.ALL, "good"), "good");
    pass(40);
    assertThat(served).filteredOn("good"::equals).hasSizeBetween(19, 21);
  }

  @Test
  void aStreamHasItsShareBesideManyCallsOfAnother() {
    for (int i = 0; i < 100; i++) {
      var unused = next("bad", "", "bad");
    }
    more(bed.table.supply(ACCOUNT, Scope.ALL, "good"), "good");
    pass(40);
    assertThat(served).filteredOn("good"::equals).hasSizeBetween(19, 21);
  }

  private void more(Supply supply, String name) {
    var unused =
        supply
            .next(10, 10, 1_000)
            .thenAccept(
                batch -> {
                  batch.turns().forEach(turn -> served.add(name));
                  more(supply, name);
                });
  }

  @Test
  void whoLeavesIsNotServedAndTheOthersKeepTheirTurns() {
    List<CompletableFuture<Turn>> bad = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      bad.add(next("bad", "", "bad " + i));
    }
    CompletableFuture<Turn> good = next("good", "", "good");
    var unused = next("other", "", "other");
    assertThat(good.cancel(false)).isTrue();
    assertThat(bad.get(0).cancel(false)).isTrue();
    pass(4);
    assertThat(served).containsExactly("bad 1", "other", "bad 2", "bad 3");
  }

  @Test
  void oneCallerLeavesRoomForOthersToWait() {
    for (int i = 0; i < Defaults.ROTATION.maxWaiters() / 2; i++) {
      assertThat(next("bad", "", "bad")).isNotDone();
    }
    CompletableFuture<Turn> more = next("bad", "", "bad");
    assertThat(more).isCompletedExceptionally();
    assertThat(bed.failure(more).reason()).isEqualTo(FailureReason.CLIENT_LIMIT);
    assertThat(next("good", "", "good")).isNotDone();
  }

  @Test
  void anAccountOfSeveralTokensServesCallersInTurnToo() {
    Bed several = new Bed(tokens(3));
    several.limits = bed.limits;
    for (int i = 0; i < 3; i++) {
      var unused = several.next("");
    }
    List<CompletableFuture<Turn>> bad = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      bad.add(several.table.next(ACCOUNT, Scope.ALL, new Wait(HOUR, "bad")));
    }
    CompletableFuture<Turn> good = several.table.next(ACCOUNT, Scope.ALL, new Wait(HOUR, "good"));
    several.pass(LATER);
    assertThat(good).isCompleted();
    assertThat(bad.subList(0, 2)).allMatch(CompletableFuture::isDone);
    assertThat(bad.subList(2, 9)).noneMatch(CompletableFuture::isDone);
  }
}
