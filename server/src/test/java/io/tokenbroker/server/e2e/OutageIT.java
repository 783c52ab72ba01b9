package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promise 6: the database goes away under load, and comes back. */
class OutageIT {
  @TempDir Path directory;
  private static DatabaseServer server;

  @BeforeAll
  static void launch() {
    server = DatabaseServer.launch(Product.MARIADB);
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hurtsOnlyThoseWhoAreNotLoaded(boolean crash) throws Exception {
    DatabaseSettings database = OwnDatabase.withPassword(server, crash ? "crash" : "stop");
    Map<String, String> settings =
        OwnDatabase.settings(database, Map.of("REFRESH_INTERVAL", "500ms"));
    long highest;
    try (Broker broker = Broker.start(directory, settings);
        Caller caller = broker.caller();
        Load load = new Load("loaded")) {
      for (String account : List.of("loaded", "cold-1", "cold-2")) {
        List<String> unused = caller.add(account, 2, 1);
      }
      for (int i = 0; i < 4; i++) {
        load.call(caller);
      }
      load.stream(caller);
      awaitAnswers(load);

      if (crash) {
        server.kill();
      } else {
        server.stop();
      }
      long slowest = 0;
      for (int i = 0; i < 20; i++) {
        long asked = System.nanoTime();
        StatusRuntimeException refused = Failures.of(() -> caller.next("cold-1"));
        slowest = Math.max(slowest, System.nanoTime() - asked);
        assertThat(Failures.text(refused)).isEqualTo("UNAVAILABLE STORE_UNAVAILABLE");
        assertThat(BrokerErrors.retryAfter(refused))
            .hasValueSatisfying(
                wait -> assertThat(wait).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1)));
      }
      assertThat(Failures.textOf(() -> caller.add("loaded", 1, 1)))
          .isEqualTo("UNAVAILABLE STORE_UNAVAILABLE");
      awaitAnswers(load);
      List<String> begun = List.of("database not available", "positions not saved yet");
      for (String what : begun) {
        Eventually.until(what, () -> broker.log().countWith("\"" + what + "\"") > 0);
      }

      server.start();
      long back = System.nanoTime();
      Eventually.until("a cold account is served", () -> isServed(caller, "cold-1"));
      Duration recovery = Duration.ofNanos(System.nanoTime() - back);
      // what began before the return may fail after it, and then nobody tries for a moment
      Eventually.until("another one as well", () -> isServed(caller, "cold-2"));
      assertThat(caller.next("cold-2").getNumber()).isEqualTo(2);
      awaitAnswers(load);
      System.out.printf(
          "database %s: %d calls of the loaded account answered, %d failed; cold ones refused within"
              + " %d ms, served %d ms after its return%n",
          crash ? "killed" : "stopped",
          load.answers.get(),
          load.failedCalls.size() + load.failedStreams.size(),
          slowest / 1_000_000,
          recovery.toMillis());
      assertThat(load.failedCalls).isEmpty();
      assertThat(load.failedStreams).isEmpty();
      assertThat(load.running).hasValue(5);
      // each is told when it begins, perhaps with another reason at first, and when it is over
      for (String what : begun) {
        assertThat(broker.log().countWith("\"" + what + "\"")).as(what).isBetween(1L, 3L);
      }
      for (String over : List.of("database available again", "positions saved again")) {
        Eventually.until(over, () -> broker.log().countWith("\"" + over + "\"") == 1);
      }

      assertThat(broker.stop()).isZero();
      Eventually.until("all have ended", () -> load.running.get() == 0);
      highest = load.highest.get();
    }
    try (Broker broker = Broker.start(directory, settings);
        Caller caller = broker.caller()) {
      assertThat(caller.next("loaded").getNumber()).isGreaterThan(highest);
      assertThat(broker.stop()).isZero();
    }
  }

  private static void awaitAnswers(Load load) {
    long target = load.answers.get() + 500;
    Eventually.until("calls are answered", () -> load.answers.get() > target);
  }

  private static boolean isServed(Caller caller, String account) {
    try {
      return caller.next(account).getNumber() > 0;
    } catch (StatusRuntimeException e) {
      assertThat(Failures.text(e)).isEqualTo("UNAVAILABLE STORE_UNAVAILABLE");
      return false;
    }
  }
}
