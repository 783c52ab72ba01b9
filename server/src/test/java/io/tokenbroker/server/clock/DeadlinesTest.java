package io.tokenbroker.server.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DeadlinesTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 500);
  private final Deadlines deadlines = new Deadlines(nanos::get);
  private final List<Long> done = new ArrayList<>();

  @Test
  void whatIsCancelledIsForgottenAndAllElseIsDoneInItsTime() {
    long start = nanos.get();
    Random random = new Random(3);
    TreeMap<Long, Deadlines.Pending> waiting = new TreeMap<>();
    for (long i = 0; i < 1_000; i++) {
      long time = i;
      waiting.put(time, deadlines.at(start + time, () -> done.add(time)));
    }
    List<Long> times = new ArrayList<>(waiting.keySet());
    times.removeIf(time -> random.nextInt(3) > 0);
    times.forEach(time -> waiting.remove(time).cancel());
    assertThat(deadlines.size()).isEqualTo(waiting.size());
    for (int i = 0; i < 1_000; i++) {
      nanos.set(start + i);
      assertThat(deadlines.run(10)).isFalse();
    }
    assertThat(done).containsExactlyElementsOf(waiting.keySet());
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void whatIsDoneOrCancelledCanBeCancelledAgain() {
    Deadlines.Pending first = deadlines.at(nanos.get(), () -> done.add(1L));
    Deadlines.Pending second = deadlines.at(nanos.get() + 1, () -> done.add(2L));
    assertThat(deadlines.run(10)).isFalse();
    first.cancel();
    assertThat(deadlines.size()).isEqualTo(1);
    second.cancel();
    second.cancel();
    assertThat(deadlines.size()).isZero();
    assertThat(done).containsExactly(1L);
  }
}
