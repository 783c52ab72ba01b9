package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.disabled;
import static io.tokenbroker.server.rotation.Fixtures.expiring;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static io.tokenbroker.server.rotation.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class RotationTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final long NOW_MILLIS = NOW.toEpochMilli();

  @Test
  void walksInTheOrderOfIdsForEver() {
    Rotation rotation = rotation(List.of(token("10"), token("9"), token("b"), token("a")));
    assertThat(take(rotation, 9)).containsExactly("9", "10", "a", "b", "9", "10", "a", "b", "9");
  }

  @Test
  void numbersTurnsFromOneWithoutGaps() {
    Rotation rotation = rotation(tokens(3));
    List<Turn> turns = Objects.requireNonNull(rotation.next(rotation.lanes, 5, 1000, Moment.ANY));
    assertThat(turns).extracting(Turn::number).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(Objects.requireNonNull(rotation.next(Moment.ANY)).number()).isEqualTo(6);
  }

  @Test
  void endsAListOfTurnsWhenItsSecretsAreLong() {
    // each secret has 8 bytes
    Rotation rotation = rotation(tokens(3));
    List<Turn> turns = Objects.requireNonNull(rotation.next(rotation.lanes, 100, 20, Moment.ANY));
    assertThat(turns).hasSize(3);
  }

  @Test
  void interleavesWeights() {
    assertThat(take(rotation(weighted(1, 3)), 8))
        .containsExactly("2", "1", "2", "2", "2", "1", "2", "2");
  }

  @Test
  void handsOutNoDisabledToken() {
    Rotation rotation = rotation(List.of(token("1"), disabled("2"), token("3")));
    assertThat(take(rotation, 4)).containsExactly("1", "3", "1", "3");
    assertThat(rotation.bench.counts().of(BenchReason.DISABLED)).isEqualTo(1);
  }

  @Test
  void handsOutNoTokenWhoseSecretCantBeRead() {
    Token unreadable = new Token(new TokenId("2"), Secret.unreadable(), TokenSettings.DEFAULT);
    Rotation rotation = rotation(List.of(token("1"), unreadable, token("3")));
    assertThat(take(rotation, 4)).containsExactly("1", "3", "1", "3");
    assertThat(rotation.bench.counts().of(BenchReason.UNREADABLE)).isEqualTo(1);
    assertThat(rotation(List.of(unreadable)).next(Moment.ANY)).isNull();
  }

  /** A key that is missing for a moment says nothing of what the upstream said of the token. */
  @Test
  void aSecretThatCantBeReadForAWhileIsNoNewOne() {
    Token readable = token("1");
    Token unreadable = new Token(readable.id(), Secret.unreadable(), readable.settings());
    Token other = new Token(readable.id(), new Secret("another"), readable.settings());
    assertThat(renewed(readable, unreadable)).isZero();
    assertThat(renewed(unreadable, unreadable)).isZero();
    assertThat(renewed(unreadable, readable)).isZero();
    assertThat(renewed(readable, readable)).isZero();
    assertThat(renewed(readable, other)).isEqualTo(1);
  }

  private static int renewed(Token before, Token now) {
    return Slots.of(Fixtures.snapshot(List.of(now)), rotation(List.of(before)).slots)
        .renewed
        .size();
  }

  @Test
  void handsOutNothingWhenAllAreBenched() {
    Rotation rotation = rotation(List.of(disabled("1"), expiring("2", NOW)));
    assertThat(rotation.next(Moment.ANY)).isNull();
    assertThat(rotation.next(rotation.lanes, 10, 1000, Moment.ANY)).isNull();
  }

  @Test
  void benchesATokenTheMillisecondItExpires() {
    Rotation rotation = rotation(List.of(token("1"), expiring("2", NOW.plusMillis(5))));
    assertThat(take(rotation, 2)).containsExactly("1", "2");
    assertThat(expire(rotation, NOW_MILLIS + 4)).isFalse();
    assertThat(expire(rotation, NOW_MILLIS + 5)).isTrue();
    assertThat(expire(rotation, NOW_MILLIS + 5)).isFalse();
    assertThat(take(rotation, 2)).containsExactly("1", "1");
    assertThat(rotation.bench.counts().of(BenchReason.EXPIRED)).isEqualTo(1);
  }

  @Test
  void keepsItsPlaceWhenTokensComeAndGo() {
    Rotation before = rotation(tokens(4));
    take(before, 2);
    Rotation after = rotation(List.of(token("1"), token("3"), token("4"), token("25")));
    after.resume(before, Moment.ANY);
    // token 2 was the last, and is gone
    assertThat(take(after, 5)).containsExactly("3", "4", "25", "1", "3");
    assertThat(after.turn()).isEqualTo(7);
  }

  @Test
  void startsOverBehindTheLastToken() {
    Rotation before = rotation(tokens(3));
    take(before, 3);
    Rotation after = rotation(tokens(2));
    after.resume(before, Moment.ANY);
    assertThat(take(after, 2)).containsExactly("1", "2");
  }

  @Test
  void resumesAtASavedPosition() {
    for (int turns = 0; turns < 30; turns++) {
      Rotation straight = rotation(tokens(5));
      take(straight, turns);
      Rotation resumed = rotation(tokens(5));
      resumed.resume(straight.position());
      assertThat(resumed.position()).isEqualTo(straight.position());
      assertThat(take(resumed, 20)).isEqualTo(take(straight, 20));
    }
  }

  @Test
  void goesOnOverRestartsAsIfThereWereNone() {
    List<Token> tokens = weighted(1, 2, 3, 5);
    assertGoesOn(() -> rotation(tokens), tokens);
  }

  @Test
  void goesOnOverRestartsWithLagsFromBeforeAChange() {
    for (List<Token> tokens :
        List.of(weighted(1, 2, 3, 5), weighted(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))) {
      assertGoesOn(
          () -> {
            Rotation before = rotation(tokens.subList(1, tokens.size()));
            take(before, 4);
            Rotation after = rotation(tokens);
            after.resume(before, Moment.ANY);
            return after;
          },
          tokens);
    }
  }

  private static void assertGoesOn(Supplier<Rotation> begin, List<Token> tokens) {
    Rotation straight = begin.get();
    Rotation restarted = begin.get();
    for (int turn = 1; turn < 5_000; turn += 3) {
      Rotation next = rotation(tokens);
      next.resume(restarted.position());
      restarted = next;
      assertThat(take(restarted, 3)).as("turn %d", turn).isEqualTo(take(straight, 3));
    }
  }

  @Test
  void carriesTheSharesOfWeightsOverRestarts() {
    List<Token> tokens = weighted(1, 3, 1, 5, 3);
    Map<String, Integer> counts = new HashMap<>();
    Rotation rotation = rotation(tokens);
    for (int restart = 0; restart < 1_300; restart++) {
      take(rotation, 3).forEach(id -> counts.merge(id, 1, Integer::sum));
      Rotation next = rotation(tokens);
      next.resume(rotation.position());
      rotation = next;
    }
    // 3,900 turns, 300 for each share
    assertThat(counts)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("1", 300, "2", 900, "3", 300, "4", 1_500, "5", 900));
  }

  @Test
  void takesNoHarmFromAPositionOfOtherTokens() {
    Rotation rotation = rotation(weighted(1, 2));
    rotation.resume(
        new Position(
            7,
            List.of(
                new Mark(1, new TokenId("x"), Double.NaN), new Mark(9, new TokenId("1"), 0.5))));
    assertThat(take(rotation, 3)).containsExactlyInAnyOrder("1", "2", "2");
    assertThat(rotation.turn()).isEqualTo(10);
  }

  @Test
  void keepsLagsOverARefreshThatChangesNothing() {
    List<String> straight = take(rotation(weighted(1, 2, 4)), 21);
    Rotation rotation = rotation(weighted(1, 2, 4));
    List<String> refreshed = new ArrayList<>();
    for (int i = 0; i < 21; i++) {
      refreshed.addAll(take(rotation, 1));
      Rotation next = rotation(weighted(1, 2, 4));
      next.resume(rotation, Moment.ANY);
      rotation = next;
    }
    assertThat(refreshed).isEqualTo(straight);
  }

  @Test
  void aRingTellsOtherTokensFromItsOwn() {
    // "10" and "13" have plain hashes with the same sum as those of "11" and "12"
    assertThat(ring("10", "13").sameReady(ring("10", "13"))).isTrue();
    assertThat(ring("10", "13").sameReady(ring("11", "12"))).isFalse();
  }

  private static Ring ring(String... ids) {
    Slot[] slots = new Slot[ids.length];
    for (int i = 0; i < ids.length; i++) {
      slots[i] = new Slot(token(ids[i]), null, 0, i);
    }
    return new Ring(1, slots);
  }

  @Test
  void describesItself() {
    Rotation rotation = rotation(List.of(token("2"), disabled("1"), token("3", 4)));
    take(rotation, 6);
    StateReading reading = new StateReading(2);
    reading.portion(rotation, Moment.ANY);
    AccountState state = reading.state().orElseThrow();
    assertThat(state.account()).isEqualTo(ACCOUNT);
    assertThat(state.turn()).isEqualTo(6);
    assertThat(state.tokenCount()).isEqualTo(3);
    assertThat(state.readyCount()).isEqualTo(2);
    assertThat(state.tokens())
        .extracting(t -> t.token().id().value() + " " + t.benched())
        .containsExactly("1 DISABLED", "2 null");
  }

  private static Rotation rotation(List<Token> tokens) {
    return Fixtures.rotation(tokens, NOW_MILLIS);
  }

  private static boolean expire(Rotation rotation, long nowMillis) {

    rotation.advance(new Moment(0, nowMillis));
    return rotation.bench.takeChanged();
  }

  private static List<String> take(Rotation rotation, int turns) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      ids.add(Objects.requireNonNull(rotation.next(Moment.ANY)).token().id().value());
    }
    return ids;
  }
}
