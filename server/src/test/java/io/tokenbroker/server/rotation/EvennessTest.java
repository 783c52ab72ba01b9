package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promise 1, judged by exact arithmetic on many random accounts. */
final class EvennessTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void eachTokenIsWithinOneTurnOfItsShareAtEveryPrefix(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      Rotation rotation = rotation(randomTokens(random, 1 + random.nextInt(12)));
      checkSegment(rotation, 600);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void alsoBetweenChangesOfEligibility(long seed) {
    Random random = new Random(seed);
    Rotation rotation = rotation(randomTokens(random, 6));
    for (int round = 0; round < 60; round++) {
      checkSegment(rotation, 1 + random.nextInt(200));
      // others come and go, are disabled or change their weight
      Rotation next = rotation(randomTokens(random, 1 + random.nextInt(9)));
      next.resume(rotation, Moment.ANY);
      rotation = next;
    }
  }

  @Test
  void equalTokensDifferByOneAtMostInEveryWindowAcrossChanges() {
    Random random = new Random(7);
    // tokens 1 to 5 stay and are judged; all else changes all the time
    List<Token> lasting = IntStream.rangeClosed(1, 5).mapToObj(i -> token("" + i, 2)).toList();
    Rotation rotation = rotation(lasting);
    List<String> order = new ArrayList<>();
    for (int round = 0; round < 300; round++) {
      List<Token> tokens = new ArrayList<>(lasting);
      for (Token other : randomTokens(random, random.nextInt(6))) {
        tokens.add(token("0" + other.id(), other.settings()));
      }
      Rotation next = rotation(tokens);
      next.resume(rotation, Moment.ANY);
      rotation = next;
      for (int i = random.nextInt(20); i > 0; i--) {
        String id = Objects.requireNonNull(rotation.next(Moment.ANY)).token().id().value();
        if (!id.startsWith("0")) {
          order.add(id);
        }
      }
    }
    assertThat(order.size()).isGreaterThan(1000);
    // strictly in turn is the same as: in every window, the counts differ by one at most
    for (int i = 0; i < order.size(); i++) {
      assertThat(order.get(i)).isEqualTo(Integer.toString(1 + i % 5));
    }
  }

  @Test
  void isEvenFromTheStartIfTheTokensChangedWhileItWasDown() {
    Random random = new Random(11);
    for (int round = 0; round < 500; round++) {
      Rotation before = rotation(randomTokens(random, 2 + random.nextInt(20)));
      for (int i = random.nextInt(100); i > 0; i--) {
        before.next(Moment.ANY);
      }
      Rotation after = rotation(randomTokens(random, 2 + random.nextInt(20)));
      after.resume(before.position());
      checkSegment(after, 300);
    }
  }

  /** From now on, count x total - turns x weight must stay within one total, for every token. */
  private static void checkSegment(Rotation rotation, int turns) {
    Map<TokenId, Long> weights = new HashMap<>();
    Arrays.stream(rotation.slots)
        .map(slot -> rotation.state(slot, Moment.ANY))
        .forEach(
            t -> {
              if (t.benched() == null) {
                weights.put(t.token().id(), (long) t.token().settings().weight());
              }
            });
    long total = weights.values().stream().mapToLong(w -> w).sum();
    Map<TokenId, Long> counts = new HashMap<>();
    for (int turn = 1; turn <= turns && total > 0; turn++) {
      counts.merge(Objects.requireNonNull(rotation.next(Moment.ANY)).token().id(), 1L, Long::sum);
      for (Map.Entry<TokenId, Long> entry : weights.entrySet()) {
        long count = counts.getOrDefault(entry.getKey(), 0L);
        assertThat(Math.abs(count * total - turn * entry.getValue()))
            .as("turn %d, token %s, weights %s", turn, entry.getKey(), weights)
            .isLessThan(total);
      }
    }
    assertThat(weights.keySet()).containsAll(counts.keySet());
  }

  private static List<Token> randomTokens(Random random, int count) {
    int maxWeight = random.nextBoolean() ? 4 : 100;
    return IntStream.rangeClosed(1, count)
        .mapToObj(
            i ->
                token(
                    Integer.toString(i),
                    TokenSettings.DEFAULT
                        .withWeight(1 + random.nextInt(maxWeight))
                        .withEnabled(random.nextInt(5) > 0)))
        .toList();
  }

  private static Rotation rotation(List<Token> tokens) {
    return Fixtures.rotation(tokens, 0);
  }
}
