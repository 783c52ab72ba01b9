package io.tokenbroker.server.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
  /** Runs what is due when the test says so. */
  private static final class Timer extends ScheduledThreadPoolExecutor {
    final List<Duration> delays = new ArrayList<>();
    private final Deque<Runnable> due = new ArrayDeque<>();

    Timer() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      delays.add(Duration.of(delay, unit.toChronoUnit()));
      due.add(task);
      return super.schedule(() -> {}, 0, TimeUnit.NANOSECONDS);
    }

    void runNext() {
      due.remove().run();
    }
  }

  private final Timer timer = new Timer();

  private void run(Duration delay, Deque<CompletableFuture<Boolean>> results) {
    int count = results.size();
    try (Schedule schedule = new Schedule(timer)) {
      schedule.repeatUntilDone(delay, results::remove);
      for (int i = 0; i < count; i++) {
        timer.runNext();
      }
    }
  }

  private static Deque<CompletableFuture<Boolean>> results(boolean... each) {
    Deque<CompletableFuture<Boolean>> results = new ArrayDeque<>();
    for (boolean one : each) {
      results.add(CompletableFuture.completedFuture(one));
    }
    return results;
  }

  @Test
  void whatCouldNotBeDoneIsTriedAgainAfterASecond() {
    run(Duration.ofSeconds(5), results(true, false, false, true));

    assertThat(timer.delays.stream().map(Duration::toSeconds)).containsExactly(5L, 5L, 1L, 1L, 5L);
  }

  @Test
  void neverLaterThanUsual() {
    run(Duration.ofMillis(200), results(false, true));

    assertThat(timer.delays.stream().map(Duration::toMillis)).containsExactly(200L, 200L, 200L);
  }

  @Test
  void whatFailsIsDueAsUsual() {
    Deque<CompletableFuture<Boolean>> failed = new ArrayDeque<>();
    failed.add(CompletableFuture.failedFuture(new IllegalStateException("made up")));
    run(Duration.ofSeconds(5), failed);

    assertThat(timer.delays).hasSize(2).containsOnly(Duration.ofSeconds(5));
  }

  @Test
  void aJobWithoutAResultIsDueAsUsual() {
    try (Schedule schedule = new Schedule(timer)) {
      schedule.repeat(Duration.ofSeconds(5), () -> CompletableFuture.completedFuture(null));
      timer.runNext();
    }

    assertThat(timer.delays).hasSize(2).containsOnly(Duration.ofSeconds(5));
  }
}
