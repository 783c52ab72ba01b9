package io.tokenbroker.server.store;

import static io.tokenbroker.server.testing.Because.because;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreExecutorTest {
  private final AtomicLong nanos = new AtomicLong(-5);
  private final AtomicInteger reached = new AtomicInteger();
  private StoreExecutor executor = new StoreExecutor(2, 10, 1L << 30, nanos::get);

  @AfterEach
  void close() {
    executor.close();
  }

  @Test
  void runsOnItsOwnDaemonThreads() {
    Thread thread = executor.submit(Thread::currentThread).join();

    assertThat(thread.getName()).isEqualTo("store-1");
    assertThat(thread.isDaemon()).isTrue();
  }

  @Test
  void aDatabaseThatAnswersIsNotOutOfReach() {
    BrokerException locked =
        BrokerException.storeRefused("Locked.", StoreExecutor.RETRY_AFTER, null);

    assertThatThrownBy(() -> executor.run(() -> rethrow(locked)).join()).hasCause(locked);
    assertThat(executor.submit(() -> "next").join()).isEqualTo("next");
  }

  @Test
  void failsWithWhatTheTaskThrew() {
    RuntimeException failure = new IllegalStateException("no");

    assertThatThrownBy(() -> executor.run(() -> rethrow(failure)).join()).hasCause(failure);
    assertThatThrownBy(
            () ->
                executor
                    .run(
                        () -> {
                          throw new AssertionError("an Error too");
                        })
                    .join())
        .hasCauseInstanceOf(AssertionError.class);
  }

  @Test
  void refusesWhatDoesNotFitTheQueue() {
    executor = new StoreExecutor(1, 2, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    List<CompletableFuture<Integer>> waiting =
        List.of(executor.submit(() -> 1), executor.submit(() -> 2));

    CompletableFuture<Integer> refused = executor.submit(() -> 3);

    assertThat(failureOf(refused))
        .is(because(FailureReason.STORE_UNAVAILABLE))
        .hasMessage("The database is overloaded. Try again.");
    release.countDown();
    running.join();
    assertThat(waiting).extracting(CompletableFuture::join).containsExactly(1, 2);
    // being overloaded is not being out of reach
    assertThat(executor.submit(() -> 4).join()).isEqualTo(4);
  }

  @Test
  void refusesWhatWouldTakeTooMuchMemory() {
    executor = new StoreExecutor(1, 100, 1_000, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    // alone it may be as large as it likes, or it could never run
    CompletableFuture<Integer> large = executor.submit(1_500, () -> 1);

    CompletableFuture<Integer> refused = executor.submit(1, () -> 2);
    CompletableFuture<Integer> small = executor.submit(() -> 3);

    assertThat(failureOf(refused))
        .is(because(FailureReason.STORE_UNAVAILABLE))
        .hasMessage("The database has too much to write. Try again.");
    release.countDown();
    running.join();
    assertThat(large.join()).isEqualTo(1);
    assertThat(small.join()).isEqualTo(3);
    assertThat(executor.submit(600, () -> 4).join()).isEqualTo(4);
  }

  @Test
  void whatFailsOrIsRefusedTakesNoMemoryAnyMore() {
    executor = new StoreExecutor(1, 1, 1_000, nanos::get);
    for (int i = 0; i < 10; i++) {
      assertThat(
              failureOf(
                  executor.submit(
                      900,
                      () -> {
                        throw new IllegalStateException("broken");
                      })))
          .hasMessage("broken");
    }
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    CompletableFuture<Integer> waiting = executor.submit(() -> 1);
    assertThat(failureOf(executor.submit(900, () -> 2)))
        .hasMessage("The database is overloaded. Try again.");
    release.countDown();
    running.join();
    assertThat(waiting.join()).isEqualTo(1);
    assertThat(executor.submit(900, () -> 3).join()).isEqualTo(3);
  }

  @Test
  void letsNobodyWaitAnyLongerWhoIsAbandoned() {
    executor = new StoreExecutor(1, 2, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Integer> running =
        executor.submit(
            () -> {
              begun.countDown();
              await(release);
              return 1;
            });
    await(begun);
    CompletableFuture<Integer> waiting = executor.submit(reached::incrementAndGet);
    AtomicInteger saved = new AtomicInteger();
    CompletableFuture<?> writeBehind = executor.run(() -> saved.set(1));

    executor.abandon();

    assertThat(failureOf(running)).is(because(FailureReason.SHUTTING_DOWN));
    assertThat(failureOf(waiting)).is(because(FailureReason.SHUTTING_DOWN));
    release.countDown();
    writeBehind.join();
    assertThat(saved).hasValue(1);
    assertThat(reached).hasValue(0);
  }

  @Test
  void leavesAnUnreachableStoreAloneForThePause() {
    fail();
    nanos.addAndGet(Duration.ofMillis(250).toNanos() - 1);

    CompletableFuture<Integer> early = executor.submit(reached::incrementAndGet);

    assertThat(early).isCompletedExceptionally();
    assertThat(failureOf(early))
        .isInstanceOfSatisfying(
            BrokerException.class,
            e -> assertThat(e.details().retryAfter()).hasValue(Duration.ofMillis(250)));
    nanos.incrementAndGet();
    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(1);
    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(2);
  }

  @Test
  void tellsOfAnOutageUntilTheStoreIsReached() {
    assertThat(executor.isReachable()).isTrue();
    fail();
    assertThat(executor.isReachable()).isFalse();
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    assertThat(executor.isReachable()).as("nobody has tried yet").isFalse();
    fail();
    assertThat(executor.isReachable()).isFalse();
    assertThat(executor.outages()).isEqualTo(1);
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(1);
    assertThat(executor.isReachable()).isTrue();
    fail();
    assertThat(executor.outages()).isEqualTo(2);
  }

  @Test
  void letsOneProbeThroughAtATime() {
    fail();
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> probe = block(begun, release);
    await(begun);

    assertThat(executor.submit(reached::incrementAndGet)).isCompletedExceptionally();

    release.countDown();
    probe.join();
    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(1);
  }

  @Test
  void aFailedProbeBeginsTheNextPause() {
    fail();
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    fail();
    nanos.addAndGet(Duration.ofMillis(249).toNanos());

    assertThat(executor.submit(reached::incrementAndGet)).isCompletedExceptionally();
  }

  @Test
  void aProbeThatGetsAnotherErrorHasReachedTheStore() {
    fail();
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    assertThat(failureOf(executor.run(() -> rethrow(new IllegalStateException("no such row")))))
        .isInstanceOf(IllegalStateException.class);

    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(1);
  }

  @Test
  void whatWaitsWhenTheStoreGoesAwayDoesNotTryIt() {
    executor = new StoreExecutor(1, 10, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> failing =
        executor.run(
            () -> {
              begun.countDown();
              await(release);
              throw unreachable();
            });
    await(begun);
    List<CompletableFuture<Integer>> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      waiting.add(executor.submit(reached::incrementAndGet));
    }
    release.countDown();

    failureOf(failing);
    assertThat(waiting).extracting(this::failureOf).hasOnlyElementsOfType(BrokerException.class);
    assertThat(reached).hasValue(0);
  }

  @Test
  void aLateFailureFromBeforeTheRecoveryDoesNotCount() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> hanging =
        executor.run(
            () -> {
              begun.countDown();
              await(release);
              throw unreachable();
            });
    await(begun);
    fail();
    nanos.addAndGet(Duration.ofMillis(250).toNanos());
    executor.submit(reached::incrementAndGet).join();

    release.countDown();
    failureOf(hanging);

    assertThat(executor.submit(reached::incrementAndGet).join()).isEqualTo(2);
  }

  @Test
  void skipsWhatNobodyWaitsForAnyMore() {
    executor = new StoreExecutor(1, 10, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    assertThat(executor.submit(reached::incrementAndGet).cancel(false)).isTrue();
    release.countDown();
    running.join();

    assertThat(executor.submit(reached::get).join()).isZero();
  }

  @Test
  void finishesWhatItHasOnClose() {
    CompletableFuture<Integer> task = executor.submit(() -> 1);

    assertThat(executor.close(Duration.ofMinutes(1))).isTrue();

    assertThat(task).isCompletedWithValue(1);
    assertThat(failureOf(executor.submit(() -> 2))).is(because(FailureReason.SHUTTING_DOWN));
  }

  @Test
  void failsWhatHasNotBegunWhenTheCloseTimesOut() {
    executor = new StoreExecutor(1, 10, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    CompletableFuture<Integer> waiting = executor.submit(() -> 1);

    assertThat(executor.close(Duration.ZERO)).isFalse();

    assertThat(failureOf(waiting)).is(because(FailureReason.SHUTTING_DOWN));
    release.countDown();
    running.join();
  }

  /** Makes a task find the store out of reach. */
  private void fail() {
    assertThat(failureOf(executor.run(() -> rethrow(unreachable()))))
        .is(because(FailureReason.STORE_UNAVAILABLE));
  }

  @Test
  void manyListsLeaveThreadsToOthers() {
    executor = new StoreExecutor(8, 10, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(2);
    CountDownLatch release = new CountDownLatch(1);
    List<CompletableFuture<String>> lists = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      lists.add(
          executor.submitList(
              () -> {
                begun.countDown();
                await(release);
                return "page";
              }));
    }
    await(begun);

    assertThat(executor.submit(() -> "lease").join()).isEqualTo("lease");
    assertThat(failureOf(executor.submitList(() -> "one too many")))
        .is(because(FailureReason.STORE_UNAVAILABLE));
    release.countDown();
    assertThat(lists).allSatisfy(list -> assertThat(list.join()).isEqualTo("page"));
    assertThat(executor.submitList(() -> "room again").join()).isEqualTo("room again");
  }

  @Test
  void listsThatFailAtOnceMakeRoom() {
    executor = new StoreExecutor(4, 20_000, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<CompletableFuture<String>> lists = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      lists.add(
          executor.submitList(
              () -> {
                begun.countDown();
                await(release);
                throw unreachable();
              }));
    }
    await(begun);
    release.countDown();
    for (CompletableFuture<String> list : lists) {
      assertThat(failureOf(list)).is(because(FailureReason.STORE_UNAVAILABLE));
    }
  }

  @Test
  void abandonedListsAreToldSo() {
    executor = new StoreExecutor(1, 10, 1L << 30, nanos::get);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<?> running = block(begun, release);
    await(begun);
    CompletableFuture<String> first = executor.submitList(() -> "first");
    CompletableFuture<String> second = executor.submitList(() -> "second");

    executor.abandon();

    assertThat(failureOf(first)).is(because(FailureReason.SHUTTING_DOWN));
    assertThat(failureOf(second)).is(because(FailureReason.SHUTTING_DOWN));
    release.countDown();
    running.join();
  }

  private CompletableFuture<?> block(CountDownLatch begun, CountDownLatch release) {
    return executor.run(
        () -> {
          begun.countDown();
          await(release);
        });
  }

  private Throwable failureOf(CompletableFuture<?> future) {
    CompletionException failure = catchThrowableOfType(CompletionException.class, future::join);
    return requireNonNull(failure.getCause());
  }

  private static BrokerException unreachable() {
    return BrokerException.storeUnavailable("Out of reach.", Duration.ofMillis(250), null);
  }

  private static void rethrow(RuntimeException e) {
    throw e;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
