package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.ManualAlarm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LoopDelaysTest {
  private final AtomicLong nanos = new AtomicLong(-7);
  private final ManualAlarm quick = new ManualAlarm(nanos::get);
  private final ManualAlarm slow = new ManualAlarm(nanos::get);
  private final LoopDelays delays =
      new LoopDelays(
          List.of(
              (task, delay) -> quick.after(delay, task), (task, delay) -> slow.after(delay, task)),
          nanos::get);

  private void pass(Duration time, ManualAlarm... loops) {
    nanos.addAndGet(time.toNanos());
    List.of(loops).forEach(ManualAlarm::ring);
  }

  @Test
  void countsHowLateEachIs() {
    pass(Duration.ofSeconds(1), quick, slow);
    assertThat(delays.read().buckets().get(0)).isEqualTo(2);
    pass(Duration.ofSeconds(1), quick);
    assertThat(delays.read().overdueSeconds()).isZero();
    pass(Duration.ofMillis(300), slow);

    LoopDelays.Reading told = delays.read();
    assertThat(told.buckets()).hasSize(LoopDelays.bounds().length + 1);
    assertThat(told.buckets().stream().mapToLong(count -> count)).hasSize(11);
    assertThat(told.buckets().stream().mapToLong(count -> count).sum()).isEqualTo(4);
    assertThat(LoopDelays.bounds()[7]).isEqualTo(0.5);
    assertThat(told.buckets().get(7)).isEqualTo(1);
    assertThat(told.seconds()).isEqualTo(0.3);
  }

  @Test
  void tellsOfOneThatHangs() {
    pass(Duration.ofSeconds(1), quick);
    pass(Duration.ofSeconds(1), quick);
    pass(Duration.ofSeconds(1), quick);
    assertThat(delays.read().overdueSeconds()).isEqualTo(2);
    pass(Duration.ZERO, slow);
    assertThat(delays.read().overdueSeconds()).isZero();
  }
}
