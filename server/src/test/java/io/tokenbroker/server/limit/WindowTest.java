package io.tokenbroker.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.clock.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A rate limit by itself. */
final class WindowTest {
  @Test
  void coalescesLargeCountsWithoutEverPassingThem() {
    long count = 2_000;
    long window = 1_000_000;
    Window limit = new Window(Duration.ofNanos(window), Duration.ZERO, count);
    List<Long> times = new ArrayList<>();
    long now = 0;
    while (now < 20 * window) {
      if (limit.untilNanos(now) == Deadline.OVER) {
        limit.charge(now);
        times.add(now);
        // faster than allowed
        now += window / (2 * count);
      } else {
        now = limit.untilNanos(now);
      }
    }
    for (int i = 0; i + count < times.size(); i++) {
      assertThat(times.get(i + (int) count) - times.get(i)).isGreaterThanOrEqualTo(window);
    }
    // and at most a 256th of it is lost
    assertThat(times.size()).isGreaterThan((int) (20 * count * 255 / 256));
  }
}
