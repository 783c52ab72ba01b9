package io.tokenbroker.client.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static final Duration NONE = Duration.ZERO;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final AtomicInteger calls = new AtomicInteger();

  private static Measured run(Pacing pacing, int concurrency, Runnable call) throws Exception {
    return new Load(pacing, concurrency, call, failure -> String.valueOf(failure.getMessage()))
        .run(lately -> {});
  }

  @Test
  void everyCallIsCounted() throws Exception {
    Measured measured =
        run(
            new Pacing(1_000, NONE, SECOND),
            4,
            () -> {
              if (calls.incrementAndGet() % 2 == 0) {
                throw new IllegalStateException("even");
              }
            });

    assertThat(measured.answered() + measured.failed()).isEqualTo(calls.get()).isPositive();
    assertThat(measured.failures()).containsExactly(Map.entry("even", measured.failed()));
  }

  @Test
  void callsOfAWarmUpAreMadeAndNotCounted() throws Exception {
    Measured measured =
        run(new Pacing(0, Duration.ofMillis(200), SECOND), 1, calls::incrementAndGet);

    assertThat(measured.answered()).isLessThan(calls.get()).isPositive();
  }

  @Test
  void callsOfARampAreMadeAndNotCounted() throws Exception {
    Measured measured =
        run(new Pacing(1_000, Duration.ofMillis(200), SECOND), 4, calls::incrementAndGet);

    assertThat(measured.answered()).isLessThan(calls.get()).isPositive();
  }

  /** A single call stalls; those that were to begin meanwhile waited as well. */
  @Test
  void whatWaitsBehindASlowAnswerCountsFromWhenItWasToBegin() throws Exception {
    Measured measured =
        run(
            new Pacing(1_000, NONE, Duration.ofMillis(400)),
            1,
            () -> {
              if (calls.getAndIncrement() == 0) {
                park(Duration.ofMillis(200));
              }
            });

    // 200 of 400 were late, the most by 200 ms, and on average by half of that
    assertThat(measured.millis(60)).isGreaterThan(10);
  }

  @Test
  void fewCallsAreFewASecond() throws Exception {
    Measured measured = run(new Pacing(0.5, NONE, SECOND), 1, calls::incrementAndGet);

    assertThat(calls).hasValue(1);
    assertThat(measured.perSecond()).isLessThanOrEqualTo(1);
  }

  @Test
  void whatCouldNotBeginIsMissing() throws Exception {
    Pacing pacing = new Pacing(1_000, NONE, SECOND);
    Measured measured = run(pacing, 1, () -> park(Duration.ofMillis(400)));

    assertThat(pacing.calls()).isEqualTo(1_000);
    assertThat(measured.answered()).isLessThanOrEqualTo(3);
  }

  @Test
  void noMoreCallsAreOpenThanThereMayBe() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Measured measured =
        run(
            new Pacing(0, NONE, SECOND),
            3,
            () -> {
              threads.add(Thread.currentThread());
              most.accumulateAndGet(open.incrementAndGet(), Math::max);
              open.decrementAndGet();
            });

    assertThat(most.get()).isBetween(1, 3);
    assertThat(threads).hasSizeLessThanOrEqualTo(3);
    assertThat(measured.answered()).isPositive();
  }

  @Test
  void whoIsInterruptedLeavesNoThreadBehind() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch called = new CountDownLatch(1);
    Thread runs =
        new Thread(
            () -> {
              try {
                Measured unused =
                    run(
                        new Pacing(100, NONE, LONG),
                        2,
                        () -> {
                          threads.add(Thread.currentThread());
                          called.countDown();
                        });
              } catch (Exception e) {
                // as it should
              }
            });
    runs.start();
    assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();

    runs.interrupt();
    runs.join(TimeUnit.SECONDS.toMillis(30));

    assertThat(runs.isAlive()).isFalse();
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(30));
      assertThat(thread.isAlive()).isFalse();
    }
  }

  private static void park(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
