package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting lines do what an obvious and slow model does. */
class WaitersTest {
  private final Waiters waiters = new Waiters();
  private final Map<String, WaitingCaller> callers = new HashMap<>();

  /** The callers in the order of their turns, each with its calls in the order of arrival. */
  private Map<String, Deque<Waiter<?>>> model = new LinkedHashMap<>();

  private final List<Waiter<?>> all = new ArrayList<>();

  private void add(String caller) {
    Waiter<?> waiter =
        new Waiter<>(new TokenRequest.OneTurn(Scope.ALL), new CompletableFuture<>(), 0);
    waiters.add(waiter, callers.computeIfAbsent(caller, WaitingCaller::new));
    model.computeIfAbsent(caller, any -> new ArrayDeque<>()).add(waiter);
    all.add(waiter);
  }

  private void leave(Waiter<?> waiter) {
    waiters.remove(waiter);
    forget(waiter);
  }

  private void forget(Waiter<?> waiter) {
    all.remove(waiter);
    model.values().forEach(line -> line.remove(waiter));
    model.values().removeIf(Deque::isEmpty);
  }

  /** The first caller, of whose calls the first; its caller is the last one then. */
  private Waiter<?> served() {
    String caller = model.keySet().iterator().next();
    Deque<Waiter<?>> line = model.remove(caller);
    Waiter<?> first = line.removeFirst();
    if (!line.isEmpty()) {
      model.put(caller, line);
    }
    all.remove(first);
    return first;
  }

  private List<Waiter<?>> serve(int count) {
    List<Waiter<?>> served = new ArrayList<>();
    waiters.look();
    while (served.size() < count && waiters.next() != null) {
      waiters.serve(
          () -> served.size() < count,
          waiter -> {
            waiters.remove(waiter);
            served.add(waiter);
            return true;
          });
    }
    return served;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void theyServeAsTheModelDoes(int callerCount) {
    Random random = new Random(callerCount);
    for (int step = 0; step < 20_000; step++) {
      int what = random.nextInt(10);
      if (what < 5) {
        add("caller " + random.nextInt(callerCount));
      } else if (what < 7 && !all.isEmpty()) {
        leave(all.get(random.nextInt(all.size())));
      } else {
        int count = Math.min(random.nextInt(4), all.size());
        List<Waiter<?>> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          expected.add(served());
        }
        assertThat(serve(count)).containsExactlyElementsOf(expected);
      }
      assertThat(waiters.size()).isEqualTo(all.size());
      assertThat(waiters.callers()).isEqualTo(model.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void eachIsAskedOnceThoughNoneTakesAnything(int callerCount) {
    for (int i = 0; i < 12; i++) {
      add("caller " + i % callerCount);
    }
    List<Waiter<?>> asked = new ArrayList<>();
    waiters.look();
    while (waiters.next() != null) {
      waiters.serve(() -> true, waiter -> !asked.add(waiter));
    }
    assertThat(asked).containsExactlyInAnyOrderElementsOf(all);
  }
}
