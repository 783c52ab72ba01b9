package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Between any two changes of benches, also with carried lags: exact, for random accounts. */
final class CarriedLagTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void eachTokenIsWithinOneTurnOfItsShareBetweenTwoChanges(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      int maxWeight = random.nextBoolean() ? 4 : 100;
      List<Token> tokens = new ArrayList<>();
      for (int i = 0; i < 2 + random.nextInt(9); i++) {
        tokens.add(token(Integer.toString(i), 1 + random.nextInt(maxWeight)));
      }
      Rotation rotation = Fixtures.rotation(tokens, 0);
      int longest = 1 << random.nextInt(9);
      for (int segment = 0; segment < 60; segment++) {
        for (Slot slot : rotation.slots) {
          // the first one changes every time: else nothing might have changed
          boolean held =
              (slot.index == 0 && slot.ring() == 0) ? segment % 2 == 1 : random.nextInt(4) == 0;
          slot.state().holds = held ? 1 : 0;
          rotation.bench.review(slot, Moment.ANY);
        }
        check(rotation, 1 + random.nextInt(longest));
      }
    }
  }

  private static void check(Rotation rotation, int turns) {
    List<Slot> ready = Arrays.stream(rotation.slots).filter(s -> s.benched == null).toList();
    long total = ready.stream().mapToLong(s -> s.token.weight()).sum();
    long[] served = ready.stream().mapToLong(s -> s.served).toArray();
    for (int turn = 1; turn <= turns && total > 0; turn++) {
      Objects.requireNonNull(rotation.next(Moment.ANY));
      for (int i = 0; i < served.length; i++) {
        Slot slot = ready.get(i);
        long off = (slot.served - served[i]) * total - turn * (long) slot.token.weight();
        if (Math.abs(off) >= total) {
          assertThat(Math.abs(off)).as("turn %d of %s", turn, slot.token).isLessThan(total);
        }
      }
    }
  }
}
