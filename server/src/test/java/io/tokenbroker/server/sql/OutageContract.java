package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A database that goes away and comes back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OutageContract {
  private static final AccountId ACCOUNT = new AccountId("a");
  private static final int CONNECTIONS = 4;

  private DatabaseServer server;
  private Database database;
  private SqlTokenStore store;

  abstract Product product();

  @BeforeAll
  void open() {
    server = DatabaseServer.launch(product());
    database =
        Database.open(
            new DatabaseSettings(
                "database", server.url("b"), server.user(), server.password(), CONNECTIONS));
    store = new SqlTokenStore(database);
    store.addTokens(ACCOUNT, List.of(new NewToken(new Secret("s"), TokenSettings.DEFAULT)));
  }

  @AfterAll
  void close() {
    if (database != null) {
      database.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Test
  void saysThatItIsUnavailableAndRecoversByItself() {
    server.stop();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> store.load(ACCOUNT))
          .is(because(FailureReason.STORE_UNAVAILABLE))
          .hasMessage("The database is not available. Try again.");
    }

    server.start();

    assertThat(store.load(ACCOUNT).tokens()).hasSize(1);
  }

  @Test
  void aRestartCostsNobodyAnError() throws Exception {
    fillThePool();

    server.kill();
    server.start();

    // whatever is left in the pool is of before
    for (int i = 0; i < CONNECTIONS; i++) {
      assertThat(store.load(ACCOUNT).tokens()).hasSize(1);
    }
    fillThePool();
    server.stop();
    server.start();
    assertThat(
            store
                .addTokens(ACCOUNT, List.of(new NewToken(new Secret("s"), TokenSettings.DEFAULT)))
                .result())
        .hasSize(1);
  }

  @Test
  void connectionsThatAreKilledCostNobodyAnError() throws Exception {
    fillThePool();

    try (Connection connection =
            DriverManager.getConnection(server.url("b"), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      List<Long> ids = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "select id from information_schema.processlist"
                  + " where db = 'b' and id <> connection_id()")) {
        while (rows.next()) {
          ids.add(rows.getLong(1));
        }
      }
      assertThat(ids).hasSizeGreaterThanOrEqualTo(CONNECTIONS);
      for (long id : ids) {
        statement.execute("kill " + id);
      }
    }

    assertThat(store.load(ACCOUNT).tokens()).hasSize(1);
  }

  /** Has all connections at once. */
  private void fillThePool() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    CountDownLatch all = new CountDownLatch(CONNECTIONS);
    try {
      List<? extends Future<?>> reads =
          IntStream.range(0, CONNECTIONS)
              .mapToObj(
                  i ->
                      threads.submit(
                          () ->
                              readAtLast(
                                  context -> {
                                    all.countDown();
                                    await(all);
                                    return context.fetchValue("select 1");
                                  })))
              .toList();
      for (Future<?> read : reads) {
        assertThat(read.get()).isNotNull();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** The first logins of a JVM may take longer than callers wait; those who have one wait on. */
  private Object readAtLast(Function<DSLContext, Object> work) {
    while (true) {
      try {
        return database.sql().read(work);
      } catch (BrokerException e) {
        // until the test's own time-out
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
