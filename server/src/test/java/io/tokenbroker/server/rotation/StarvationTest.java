package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares where benches change all the time. */
final class StarvationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8})
  void noWeightStarvesWhereAnotherTokenComesAndGoes(int turnsBetweenChanges) {
    // 1 to 3 are judged; 4 comes and goes
    Rotation rotation = Fixtures.rotation(weighted(1, 10, 30, 20), 0);
    Slot other = rotation.slots[3];
    Map<String, Integer> counts = new HashMap<>();
    double[] ideal = new double[4];
    boolean there = true;
    for (int turn = 0; turn < 6_100; turn++) {
      if (turn % turnsBetweenChanges == 0) {
        there = !there;
        other.state().holds = there ? 0 : 1;
        rotation.bench.review(other, Moment.ANY);
      }
      String id = Objects.requireNonNull(rotation.next(Moment.ANY)).token().id().value();
      counts.merge(id, 1, Integer::sum);
      double total = there ? 61 : 41;
      ideal[0] += 1 / total;
      ideal[1] += 10 / total;
      ideal[2] += 30 / total;
    }
    // what is lost at a change is not made good: near the ideal share, and far from none
    assertThat(counts.getOrDefault("1", 0))
        .isBetween((int) (ideal[0] * 0.5), (int) (ideal[0] * 1.5) + 1);
    assertThat(counts.getOrDefault("2", 0))
        .isBetween((int) (ideal[1] * 0.75), (int) (ideal[1] * 1.25));
    assertThat(counts.getOrDefault("3", 0))
        .isBetween((int) (ideal[2] * 0.75), (int) (ideal[2] * 1.25));
  }

  @Test
  void alsoWhereEachTurnBenchesItsToken() {
    Bed bed = new Bed(weighted(1, 50, 50));
    bed.limits = new TokenLimits(List.of(new RateLimit(1, Duration.ofMillis(9))), List.of(), 0, 0);
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      bed.pass(Duration.ofMillis(100));
      order.add(bed.next(""));
    }
    assertThat(order.stream().filter("1"::equals).count()).isBetween(20L, 40L);
    assertThat(order.stream().filter("2"::equals).count()).isBetween(1_450L, 1_550L);
  }
}
