package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestDatabase;
import io.tokenbroker.v1.NextTokenResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while a call waits for the database. */
class InFlightIT {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  @TempDir Path directory;

  @Test
  void aCallThatIsAnsweredWithinTheGraceIsNotHurt() throws Exception {
    DatabaseSettings database = SERVER.fresh(2);
    try (Broker broker = start(database, "30s");
        Caller caller = broker.caller();
        SqlLog log = new SqlLog(TestDatabase.connect(database))) {
      ListenableFuture<NextTokenResponse> call = callThatWaits(caller, log);
      broker.terminate();
      Eventually.until("it stops", () -> broker.log().firstWith("\"stopping\"").isPresent());
      assertThat(call.isDone()).isFalse();
      log.execute("unlock tables");
      assertThat(call.get(60, TimeUnit.SECONDS).getTurn().getNumber()).isEqualTo(1);
      assertThat(broker.awaitExit()).isZero();
    }
  }

  @Test
  void aCallThatIsNotAnsweredHoldsUpNothing() throws Exception {
    DatabaseSettings database = SERVER.fresh(2);
    try (Broker broker = start(database, "1s");
        Caller caller = broker.caller();
        SqlLog log = new SqlLog(TestDatabase.connect(database))) {
      ListenableFuture<NextTokenResponse> call = callThatWaits(caller, log);
      long asked = System.nanoTime();
      assertThat(broker.stop()).isZero();
      System.out.printf(
          "SIGTERM with a call that hangs: exit 0 after %d ms (grace 1 s)%n",
          (System.nanoTime() - asked) / 1_000_000);
      assertThatThrownBy(() -> call.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(
              e -> assertThat(Failures.text(e.getCause())).isEqualTo("UNAVAILABLE SHUTTING_DOWN"));
      assertThat(broker.log().text()).contains("cut off");
      log.execute("unlock tables");
    }
  }

  private Broker start(DatabaseSettings database, String grace) throws InterruptedException {
    return Broker.start(
        directory,
        OwnDatabase.settings(database, Map.of("SHUTDOWN_GRACE", grace, "CHANNELZ", "true")));
  }

  private static ListenableFuture<NextTokenResponse> callThatWaits(Caller caller, SqlLog log)
      throws Exception {
    List<String> unused = caller.add("a", 1, 1);
    log.execute("lock tables token write, ring_position write");
    long before = Channelz.callsStarted(caller);
    ListenableFuture<NextTokenResponse> call = caller.futures().nextToken(Caller.request("a"));
    Eventually.until("it waits", () -> Channelz.callsStarted(caller) - before > 1);
    return call;
  }
}
