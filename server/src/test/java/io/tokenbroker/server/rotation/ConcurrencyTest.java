package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.snapshot;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Promises 1 to 3 under many threads. */
final class ConcurrencyTest {
  private static final int THREADS = 64;

  @Test
  void tenThousandFirstRequestsMakeOneLoad() throws Exception {
    FakeLoader loader = new FakeLoader();
    RotationTable table = table(loader);
    List<CompletableFuture<Turn>> turns =
        onAllThreads(10_000 / THREADS + 1, () -> table.next(ACCOUNT));
    assertThat(loader.begun()).isEqualTo(1);
    loader.finish(snapshot(tokens(7)));
    assertThat(turns.size()).isGreaterThanOrEqualTo(10_000);
    assertThat(turns).allSatisfy(turn -> assertThat(turn).isCompleted());
    assertThat(loader.begun()).isEqualTo(1);
    inOrder(turns.stream().map(CompletableFuture::join).toList());
  }

  @Test
  void aMillionCallsAreEvenAtEveryPrefix() throws Exception {
    AccountSnapshot snapshot = snapshot(tokens(13));
    RotationTable table = table(account -> CompletableFuture.completedFuture(snapshot));
    List<Turn> order = inOrder(onAllThreads(16_000, () -> table.next(ACCOUNT).join()));
    assertThat(order.size()).isGreaterThan(1_000_000);
    for (int i = 0; i < order.size(); i++) {
      // strictly in turn: max - min <= 1 at every prefix, and in every window
      assertThat(order.get(i).token().id().value()).isEqualTo(Integer.toString(1 + i % 13));
    }
  }

  @Test
  void aMillionCallsFollowTheWeightsAtEveryPrefix() throws Exception {
    int[] weights = {1, 2, 3, 5, 8, 8, 13};
    long total = IntStream.of(weights).sum();
    AccountSnapshot snapshot = snapshot(Fixtures.weighted(weights));
    RotationTable table = table(account -> CompletableFuture.completedFuture(snapshot));
    List<Turn> order = inOrder(onAllThreads(16_000, () -> table.next(ACCOUNT).join()));
    long[] counts = new long[weights.length];
    for (int i = 0; i < order.size(); i++) {
      counts[Integer.parseInt(order.get(i).token().id().value()) - 1]++;
      for (int t = 0; t < weights.length; t++) {
        long lag = Math.abs(counts[t] * total - (i + 1L) * weights[t]);
        if (lag >= total) {
          assertThat(lag).as("turn %d, token %d", i + 1, t + 1).isLessThan(total);
        }
      }
    }
  }

  @Test
  void refreshesAdditionsAndRemovalsDoNotDisturbTheOthers() throws Exception {
    // tokens 01 to 05 stay all the time; up to 5 others of the same weight come and go
    AtomicInteger loads = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    RotationTable table =
        table(account -> CompletableFuture.completedFuture(changing(loads.incrementAndGet())));
    table.load(ACCOUNT).join();
    Thread refresher =
        new Thread(
            () -> {
              while (!done.get()) {
                table.reload(ACCOUNT).join();
              }
            });
    refresher.start();
    List<Turn> order = inOrder(onAllThreads(16_000, () -> table.next(ACCOUNT).join()));
    done.set(true);
    refresher.join();
    assertThat(loads.get()).isGreaterThan(20);
    List<String> lasting =
        order.stream()
            .map(turn -> turn.token().id().value())
            .filter(id -> id.startsWith("0"))
            .toList();
    assertThat(lasting.size()).isGreaterThan(400_000);
    for (int i = 0; i < lasting.size(); i++) {
      assertThat(lasting.get(i)).isEqualTo("0" + (1 + i % 5));
    }
  }

  private static AccountSnapshot changing(int load) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      tokens.add(token("0" + i));
      if ((load >> i & 1) == 1) {
        tokens.add(token(i + "-other"));
      }
    }
    return snapshot(tokens);
  }

  private static RotationTable table(AccountLoader loader) {
    return new RotationTable(
        loader, Duration.ofSeconds(1), System::nanoTime, Instant::now, account -> {});
  }

  private static <T> List<T> onAllThreads(int calls, Callable<T> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Future<List<T>>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(
            threads.submit(
                () -> {
                  start.await();
                  List<T> results = new ArrayList<>(calls);
                  for (int n = 0; n < calls; n++) {
                    results.add(call.call());
                  }
                  return results;
                }));
      }
      List<T> all = new ArrayList<>();
      for (Future<List<T>> future : futures) {
        all.addAll(future.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  /** The turns by their numbers, which must be 1, 2, 3, … without a gap. */
  private static List<Turn> inOrder(List<Turn> turns) {
    Map<Long, Turn> byNumber = new HashMap<>();
    turns.forEach(turn -> byNumber.put(turn.number(), turn));
    List<Turn> order = new ArrayList<>();
    for (long number = 1; number <= turns.size(); number++) {
      Turn turn = byNumber.get(number);
      if (turn == null) {
        throw new AssertionError("no turn " + number);
      }
      order.add(turn);
    }
    return order;
  }
}
