package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestDatabase;
import io.tokenbroker.v1.NextTokenResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Promise 3, judged by the database's own log of statements. */
class QueriesIT {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  private static final int CALLS = 10_000;
  private static final int CONNECTIONS = 10;

  /** No job that uses the database runs meanwhile. */
  private static final Map<String, String> QUIET =
      Map.of(
          "REFRESH_INTERVAL", "1h",
          "POSITION_INTERVAL", "1m",
          "UNKNOWN_ACCOUNT_TTL", "1m",
          "CHANNELZ", "true",
          "LIMITS_MAX_CALLS_PER_CONNECTION", "2000");

  @TempDir Path directory;
  private final List<Caller> callers = new ArrayList<>();

  @Test
  void tenThousandFirstRequestsAtOnceAreOneQueryAndWarmOnesNone() throws Exception {
    DatabaseSettings database = SERVER.fresh(8);
    try (Broker broker = Broker.start(directory, OwnDatabase.settings(database, QUIET));
        Caller caller = broker.caller();
        SqlLog log = new SqlLog(TestDatabase.connect(database))) {
      List<String> ids = caller.add("a", 7, 1);
      connect(broker);
      log.clear();
      // the first query does not get its answer before all callers have asked
      log.execute("lock tables token write, ring_position write");
      long before = Channelz.callsStarted(caller);
      List<ListenableFuture<NextTokenResponse>> calls = callAll();
      Eventually.until(
          "all calls wait in the broker", () -> Channelz.callsStarted(caller) - before > CALLS);
      assertThat(calls).noneMatch(ListenableFuture::isDone);
      log.execute("unlock tables");

      Order order = new Order(2 * CALLS);
      for (ListenableFuture<NextTokenResponse> call : calls) {
        order.add(call.get(60, TimeUnit.SECONDS).getTurn());
      }
      List<String> whole = order.whole();
      for (int i = 0; i < CALLS; i++) {
        assertThat(whole.get(i)).isEqualTo(ids.get(i % 7));
      }
      assertThat(log.loads()).isEqualTo(1);

      log.clear();
      for (ListenableFuture<NextTokenResponse> call : callAll()) {
        order.add(call.get(60, TimeUnit.SECONDS).getTurn());
      }
      List<String> warm = log.statements();
      System.out.printf(
          "%d first requests at once: 1 query; %d warm ones: %d statements%n",
          CALLS, CALLS, warm.size());
      assertThat(warm).isEmpty();
      assertThat(order.whole()).hasSize(2 * CALLS);
      assertThat(broker.stop()).isZero();
    } finally {
      callers.forEach(Caller::close);
    }
  }

  private void connect(Broker broker) {
    for (int i = 0; i < CONNECTIONS; i++) {
      Caller caller = broker.caller();
      callers.add(caller);
      assertThat(Failures.textOf(() -> caller.next("nobody")))
          .isEqualTo("NOT_FOUND CREDENTIALS_DO_NOT_EXIST");
    }
  }

  private List<ListenableFuture<NextTokenResponse>> callAll() {
    return IntStream.range(0, CALLS)
        .mapToObj(i -> callers.get(i % CONNECTIONS).futures().nextToken(Caller.request("a")))
        .toList();
  }

  @Test
  void aThousandUnknownAccountsCostNoMoreQueriesAndNoMemory() throws Exception {
    DatabaseSettings database = SERVER.fresh(8);
    try (Broker broker = Broker.start(directory, OwnDatabase.settings(database, QUIET));
        Caller caller = broker.caller();
        SqlLog log = new SqlLog(TestDatabase.connect(database))) {
      List<String> unused = caller.add("known", 1, 1);
      connect(broker);
      assertThat(caller.next("known").getNumber()).isEqualTo(1);
      log.clear();
      Set<String> answers = new HashSet<>();
      for (int round = 0; round < 20; round++) {
        List<ListenableFuture<NextTokenResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
          calls.add(
              callers.get(i % CONNECTIONS).futures().nextToken(Caller.request("unknown-" + i)));
        }
        for (ListenableFuture<NextTokenResponse> call : calls) {
          answers.add(answer(call));
        }
      }
      long loads = log.loads();
      long rotations = instances(broker, "io.tokenbroker.server.rotation.Rotation");
      long entries = instances(broker, "io.tokenbroker.server.rotation.Entry");
      System.out.printf(
          "1000 unknown accounts asked for 20 times: %d queries; in memory %d rotation(s), %d"
              + " entries%n",
          loads, rotations, entries);
      assertThat(answers).containsExactly("NOT_FOUND CREDENTIALS_DO_NOT_EXIST");
      assertThat(rotations).isEqualTo(1);
      assertThat(entries).isEqualTo(1);
      // those that come together are read together
      assertThat(loads).isBetween(1_000L / TokenStore.MAX_LOADED, 2_000L);
      assertThat(broker.stop()).isZero();
    } finally {
      callers.forEach(Caller::close);
    }
  }

  private static String answer(ListenableFuture<NextTokenResponse> call) throws Exception {
    try {
      return "turn " + call.get(60, TimeUnit.SECONDS).getTurn().getNumber();
    } catch (ExecutionException e) {
      return Failures.text(e.getCause());
    }
  }

  /** How many objects of a class the daemon reaches, after a garbage collection. */
  private static long instances(Broker broker, String type) throws Exception {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(broker.pid()),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(jcmd.getInputStream(), StandardCharsets.UTF_8))) {
      // "  17:     3     96  io.tokenbroker.…"
      return lines
          .lines()
          .map(line -> line.strip().split("\\s+", -1))
          .filter(columns -> columns.length >= 4 && columns[3].equals(type))
          .mapToLong(columns -> Long.parseLong(columns[1]))
          .sum();
    }
  }
}
