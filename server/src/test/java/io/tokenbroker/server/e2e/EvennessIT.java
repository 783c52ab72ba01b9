package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Promise 1 over real sockets: 64 threads, each with a connection of its own. */
class EvennessIT {
  private static final int THREADS = 64;
  private static final int CALLS = 100_000;

  @TempDir Path directory;

  @Test
  void equalTokensAreHandedOutStrictlyInTurn() throws Exception {
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      List<String> ids = caller.add("a", 7, 1);
      Order order = new Order(CALLS);
      AtomicInteger calls = new AtomicInteger();
      long start = System.nanoTime();
      int refreshes = 0;
      try (Crowd crowd =
          new Crowd(
              THREADS, broker.endpoint(), "a", order, () -> calls.incrementAndGet() <= CALLS)) {
        while (!crowd.isDone()) {
          assertThat(refresh(caller, "a")).isEqualTo(7);
          refreshes++;
        }
        crowd.join();
      }
      System.out.printf(
          "%d threads: %d NextToken calls in %d ms, %d refreshes meanwhile%n",
          THREADS, CALLS, (System.nanoTime() - start) / 1_000_000, refreshes);
      List<String> whole = order.whole();
      assertThat(whole).hasSize(CALLS);
      for (int i = 0; i < CALLS; i++) {
        assertThat(whole.get(i)).as("turn %d", i + 1).isEqualTo(ids.get(i % ids.size()));
      }
      assertThat(broker.stop()).isZero();
    }
  }

  private static int refresh(Caller caller, String account) {
    return caller
        .admin()
        .refreshAccount(RefreshAccountRequest.newBuilder().setAccount(account).build())
        .getAccount()
        .getTokenCount();
  }

  @Test
  void weightedTokensHaveTheirShareThroughChanges() throws Exception {
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      Map<String, Integer> weights = new HashMap<>();
      caller.add("w", 2, 1).forEach(id -> weights.put(id, 1));
      String five = caller.add("w", 1, 5).get(0);
      weights.put(five, 5);
      String two = caller.add("w", 1, 2).get(0);
      weights.put(two, 2);

      Order order = new Order(1_000_000);
      AtomicBoolean stop = new AtomicBoolean();
      List<Shares> changes = new ArrayList<>();
      changes.add(new Shares(weights, 0, 0));
      Change[] plan = {
        () -> update(caller, five, Token.newBuilder().setEnabled(false), "enabled", weights, 0),
        () -> caller.add("w", 2, 3).forEach(id -> weights.put(id, 3)),
        () -> update(caller, five, Token.newBuilder().setEnabled(true), "enabled", weights, 5),
        () -> remove(caller, two, weights),
        () -> update(caller, five, Token.newBuilder().setWeight(4), "weight", weights, 4),
        () -> refresh(caller, "w"),
        () -> caller.add("w", 1, 100).forEach(id -> weights.put(id, 100)),
        () -> remove(caller, five, weights),
      };
      try (Crowd crowd = new Crowd(THREADS, broker.endpoint(), "w", order, () -> !stop.get())) {
        for (Change change : plan) {
          awaitTurns(order, 1_500);
          int earliest = order.highest();
          change.make();
          var turn = caller.next("w");
          order.add(turn);
          changes.add(new Shares(weights, earliest, (int) turn.getNumber() - 1));
        }
        awaitTurns(order, 1_500);
        stop.set(true);
        crowd.join();
      }
      System.out.printf(
          "%d threads: %d weighted turns through %d changes%n",
          THREADS, order.highest(), plan.length);
      Shares.check(order.whole(), changes);
      assertThat(broker.stop()).isZero();
    }
  }

  @FunctionalInterface
  private interface Change {
    void make();
  }

  private static void awaitTurns(Order order, int more) {
    int target = order.highest() + more;
    Eventually.until("turns are taken", () -> order.highest() >= target);
  }

  private static void update(
      Caller caller,
      String id,
      Token.Builder to,
      String field,
      Map<String, Integer> weights,
      int share) {
    Token changed =
        caller
            .admin()
            .updateToken(
                UpdateTokenRequest.newBuilder()
                    .setAccount("w")
                    .setToken(to.setTokenId(id))
                    .setUpdateMask(FieldMask.newBuilder().addPaths(field))
                    .build())
            .getToken();
    assertThat(changed.getTokenId()).isEqualTo(id);
    if (share == 0) {
      weights.remove(id);
    } else {
      weights.put(id, share);
    }
  }

  private static void remove(Caller caller, String id, Map<String, Integer> weights) {
    var unused =
        caller
            .admin()
            .removeTokens(RemoveTokensRequest.newBuilder().setAccount("w").addTokenIds(id).build());
    weights.remove(id);
  }
}
