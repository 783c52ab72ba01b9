package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several brokers, or several calls, at once. */
abstract class ConcurrencyContract extends StoreContract {
  private static final int THREADS = 4;

  @Test
  void addsEachSecretOnce() throws Exception {
    AccountId account = new AccountId("added by all");
    List<NewToken> tokens = IntStream.range(0, 300).mapToObj(i -> token("s" + i)).toList();
    List<NewToken> backwards = new ArrayList<>(tokens);
    Collections.reverse(backwards);

    List<List<AddedToken>> results =
        together(thread -> store.addTokens(account, thread % 2 == 0 ? tokens : backwards).result());

    assertThat(store.load(account).tokens()).hasSize(300);
    for (int i = 0; i < 300; i++) {
      int token = i;
      List<AddedToken> added =
          IntStream.range(0, THREADS)
              .mapToObj(t -> results.get(t).get(t % 2 == 0 ? token : 299 - token))
              .toList();
      assertThat(added).filteredOn(result -> !result.alreadyExisted()).hasSize(1);
      assertThat(added)
          .extracting(result -> result.token().id())
          .containsOnly(added.get(0).token().id());
    }
  }

  @Test
  void losesNoUpdate() throws Exception {
    AccountId account = new AccountId("updated by all");
    TokenId id = add(account, "s").get(0);

    together(
        thread -> {
          for (int i = 0; i < 10; i++) {
            store.updateToken(account, id, settings -> settings.withLabel(settings.label() + "x"));
          }
          return true;
        });

    assertThat(store.load(account).tokens().get(0).settings().label()).hasSize(10 * THREADS);
  }

  @Test
  void savesPositionsInAnyOrder() throws Exception {
    Map<AccountId, Position> positions = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      positions.put(
          new AccountId("saved" + i),
          new Position(
              i, List.of(new Mark(1, new TokenId("1"), 0), new Mark(2, new TokenId("2"), 0))));
    }
    AccountId account = new AccountId("saved199");
    add(account, "s");

    together(
        thread -> {
          store.savePositions(positions, Epochs.ALL);
          return true;
        });

    assertThat(store.load(account).position().turn()).isEqualTo(199);
  }

  private interface Work<T> {
    T on(int thread);
  }

  private static <T> List<T> together(Work<T> work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    CyclicBarrier start = new CyclicBarrier(THREADS);
    try {
      List<Callable<T>> calls = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        calls.add(
            () -> {
              start.await();
              return work.on(thread);
            });
      }
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
