package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.labelled;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.rotation.Fixtures.Label;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Callers that may have tokens of some labels only: strictly in turn among these. */
class ConfinedTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private static final Labels CI = new Label("ci");
  private static final Labels NIGHT = new Label("night");

  private final Bed bed =
      new Bed(
          List.of(labelled("1", "ci"), token("2"), labelled("3", "ci"), labelled("4", "night")));

  private static Scope of(String scope, Labels labels) {
    return new Scope(scope).confinedTo(labels);
  }

  private String next(Bed from, Scope scope) {
    return Bed.id(from.table.next(ACCOUNT, scope, Wait.NO));
  }

  private List<String> take(Scope scope, int turns) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      ids.add(next(bed, scope));
    }
    return ids;
  }

  private BrokerException failure(Scope scope) {
    return bed.failure(bed.table.next(ACCOUNT, scope, Wait.NO));
  }

  @Test
  void theyHaveTurnsOfTheirOwnAndTheOthersNoticeNothing() {
    assertThat(take(of("", CI), 3)).containsExactly("1", "3", "1");
    assertThat(bed.take("", 3)).containsExactly("1", "2", "3");
    assertThat(take(of("", NIGHT), 2)).containsExactly("4", "4");
    assertThat(take(of("", CI), 2)).containsExactly("3", "1");
    assertThat(bed.take("", 2)).containsExactly("4", "1");
    assertThat(take(of("a", CI), 2)).as("a scope has its own").containsExactly("1", "3");
    assertThat(bed.take("a", 2)).containsExactly("1", "2");
  }

  @Test
  void whatIsBenchedIsBenchedForThemToo() {
    take(of("", CI), 2);
    take(of("a", CI), 2);
    bed.cool("1", "", MINUTE);
    bed.cool("3", "a", MINUTE.multipliedBy(2));
    assertThat(take(of("", CI), 2)).containsExactly("3", "3");
    assertThat(take(of("a", NIGHT), 1)).containsExactly("4");
    BrokerException a = failure(of("a", CI));
    assertThat(a.reason()).isEqualTo(FailureReason.TOKENS_COOLING);
    assertThat(a.details().retryAfter()).contains(MINUTE);
    assertThat(a.details().metadata()).containsEntry("cooldown", "2").containsEntry("scope", "a");
    assertThat(take(of("b", CI), 2)).as("one that is new").containsExactly("3", "3");
    bed.pass(MINUTE);
    assertThat(take(of("", CI), 2)).containsExactly("1", "3");
    assertThat(take(of("a", CI), 2)).containsExactly("1", "1");
    bed.pass(MINUTE);
    assertThat(take(of("a", CI), 2)).containsExactly("3", "1");
  }

  @Test
  void theyHearTheExactEarliestReturnWithBothKindsOfCooldown() {
    bed.cool("1", "", Duration.ofSeconds(10));
    bed.cool("1", "a", Duration.ofSeconds(50));
    bed.cool("3", "a", Duration.ofSeconds(45));
    bed.cool("2", "a", Duration.ofSeconds(20));
    assertThat(failure(of("a", CI)).details().retryAfter()).contains(Duration.ofSeconds(45));
  }

  @Test
  void aCooldownOfAScopeThatIsAskedForFirstByThemHolds() {
    bed.cool("3", "a", MINUTE);
    assertThat(take(of("a", CI), 2)).containsExactly("1", "1");
    assertThat(take(of("", CI), 2)).containsExactly("1", "3");
    bed.pass(MINUTE);
    assertThat(take(of("a", CI), 2)).containsExactly("3", "1");
  }

  @Test
  void theyHearOfTheirOwnTokensOnly() {
    bed.quarantine("1", HOUR);
    bed.quarantine("3", HOUR);
    bed.cool("2", "", MINUTE);
    BrokerException none = failure(of("", CI));
    assertThat(none.reason()).isEqualTo(FailureReason.TOKENS_QUARANTINED);
    assertThat(none.details().metadata()).containsEntry("quarantine", "2");
    bed.cool("4", "", Duration.ofSeconds(7));
    BrokerException night = failure(of("", NIGHT));
    assertThat(night.details().metadata()).containsEntry("cooldown", "1");
    assertThat(night.details().retryAfter()).contains(Duration.ofSeconds(7));
    BrokerException unknown = failure(of("", new Label("none")));
    assertThat(unknown.getMessage()).isEqualTo("No credentials for account acme.");
    assertThat(unknown.reason()).isEqualTo(FailureReason.CREDENTIALS_DO_NOT_EXIST);
  }

  @Test
  void thereAreLeasesOfTheirOwnTokens() {
    List<String> leased = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      leased.add(hold(of("", CI)).join().id().value());
    }
    assertThat(leased).containsExactly("1", "3");
    BrokerException failure = bed.failure(hold(of("", CI)));
    assertThat(failure.reason()).isEqualTo(FailureReason.TOKENS_LEASED);
    assertThat(failure.details().metadata()).containsEntry("leased", "2");
    assertThat(bed.take("", 2)).containsExactly("2", "4");
    bed.table.giveBack(ACCOUNT, of("", CI), new TokenId("3"));
    assertThat(hold(of("", CI)).join().id().value()).as("undone").isEqualTo("3");
  }

  private CompletableFuture<Token> hold(Scope scope) {
    return bed.table.hold(ACCOUNT, scope, 1, Wait.NO);
  }

  @Test
  void whoWaitsIsServedWithItsOwn() {
    bed.cool("1", "", MINUTE);
    bed.cool("3", "", MINUTE.multipliedBy(2));
    CompletableFuture<Turn> one = bed.table.next(ACCOUNT, of("", CI), new Wait(HOUR, "one"));
    bed.refresh(bed.tokens);
    CompletableFuture<Turn> two = bed.table.next(ACCOUNT, of("", CI), new Wait(HOUR, "two"));
    assertThat(bed.take("", 2)).containsExactly("2", "4");
    bed.pass(MINUTE);
    assertThat(Bed.id(one)).isEqualTo("1");
    assertThat(Bed.id(two)).isEqualTo("1");
  }

  @Test
  void aNewLabelCountsWithTheRefreshAndTheOthersKeepTheirPlaces() {
    take(of("", CI), 1);
    bed.refresh(List.of(labelled("1", "ci"), labelled("2", "ci"), token("3"), labelled("4", "ci")));
    assertThat(take(of("", CI), 4)).containsExactly("2", "4", "1", "2");
    assertThat(take(of("", NIGHT), 0)).isEmpty();
    assertThat(failure(of("", NIGHT)).reason()).isEqualTo(FailureReason.CREDENTIALS_DO_NOT_EXIST);
  }

  @Test
  void theirPlacesAreNotWhatIsSavedOfTheAccount() {
    Rotation rotation = Fixtures.rotation(bed.tokens, 0);
    rotation.lanes.get(of("a", CI), rotation, Moment.ANY);
    assertThat(rotation.position().marks())
        .extracting(mark -> mark.scope().value())
        .containsOnly("");
  }

  @Test
  void madeUpScopesMakeRoomForEachOther() {
    Bed small = new Bed(bed.tokens, settings(2));
    for (int i = 0; i < 20; i++) {
      assertThat(next(small, of("made-up-" + i, CI))).isEqualTo(i / 2 % 2 == 0 ? "1" : "3");
    }
    assertThat(next(small, of("x", NIGHT))).isEqualTo("4");
    assertThat(next(small, new Scope("x"))).isEqualTo("1");
  }

  private static RotationSettings settings(int maxScopes) {
    RotationSettings d = Defaults.ROTATION;
    return new RotationSettings(
        d.unknownTtl(),
        maxScopes,
        d.maxWaiters(),
        d.waitMargin(),
        d.limitMargin(),
        d.turnTimeout(),
        d.maxProbeDelay(),
        d.maxLoadedBytes());
  }

  /** Promise 1 among the tokens that a caller may have, whatever else happens in the account. */
  @Test
  void turnsAreStrictlyInTurnWhateverTheOthersDo() {
    Random random = new Random(5);
    List<Token> tokens = new ArrayList<>();
    for (int i = 10; i < 30; i++) {
      tokens.add(labelled("" + i, i % 3 == 0 ? "ci" : i % 3 == 1 ? "night" : ""));
    }
    Bed many = new Bed(tokens);
    Map<Integer, Labels> byKind = Map.of(0, CI, 1, NIGHT);
    int[] last = {0, 0};
    for (int i = 0; i < 5_000; i++) {
      int kind = random.nextInt(4);
      switch (kind) {
        case 0, 1 -> {
          int id = Integer.parseInt(next(many, of("", byKind.getOrDefault(kind, CI))));
          int expected = last[kind] == 0 ? (kind == 0 ? 12 : 10) : last[kind] + 3;
          assertThat(id).isEqualTo(expected > 29 ? (kind == 0 ? 12 : 10) : expected);
          last[kind] = id;
        }
        case 2 -> many.next("");
        default -> {
          // those without a label come and go
          many.cool("" + (11 + 3 * random.nextInt(6)), random.nextBoolean() ? "" : "a", MINUTE);
          if (random.nextInt(20) == 0) {
            many.pass(MINUTE);
            many.refresh(many.tokens);
          }
        }
      }
    }
  }

  @Test
  void aTurnUsesUpItsTokenForAll() {
    bed.limits = new TokenLimits(List.of(new RateLimit(1, MINUTE)), List.of(), 0, 0);
    assertThat(take(of("", CI), 2)).containsExactly("1", "3");
    assertThat(failure(of("", CI)).details().metadata()).containsEntry("rate_limit", "2");
    assertThat(bed.take("", 2)).containsExactly("2", "4");
    assertThat(bed.failure("").details().metadata()).containsEntry("rate_limit", "4");
  }
}
