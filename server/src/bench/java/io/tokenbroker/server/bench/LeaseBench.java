package io.tokenbroker.server.bench;

import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseWriter;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.sql.SqlLeaseStore;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.trace.Spans;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Leases granted (and released again) per second, by clients that each have one call open at a
 * time: in groups by one writer, against one commit per change, by one writer too and over all
 * connections of the pool at once. In turn, on one database, which syncs its log at every commit.
 *
 * <p>Arguments: mysql or mariadb, rounds, seconds per round, clients.
 */
public final class LeaseBench {
  private static final int CONNECTIONS = 8;
  private static final int WARM_UP_SECONDS = 20;
  private static final Duration TTL = Duration.ofMinutes(1);

  private final StoreExecutor one = new StoreExecutor(1, 10_000, 1L << 30, System::nanoTime);
  private final StoreExecutor pool =
      new StoreExecutor(CONNECTIONS, 10_000, 1L << 30, System::nanoTime);
  private final SqlLeaseStore store;
  private final SecureRandom random = new SecureRandom();

  /** A way to have a change of leases committed. */
  private interface Calls {
    CompletableFuture<?> write(LeaseOp op);
  }

  private LeaseBench(Database database) {
    store = new SqlLeaseStore(database, "bench");
  }

  public static void main(String[] args) throws Exception {
    Product product = Product.valueOf(args[0].toUpperCase(Locale.ROOT));
    int rounds = Integer.parseInt(args[1]);
    int seconds = Integer.parseInt(args[2]);
    int clients = Integer.parseInt(args[3]);
    try (DatabaseServer server = DatabaseServer.launch(product);
        Database database =
            Database.open(
                new DatabaseSettings(
                    "database", server.url("b"), server.user(), server.password(), CONNECTIONS))) {
      sync(server);
      new LeaseBench(database).run(rounds, seconds, clients);
    }
  }

  private static void sync(DatabaseServer server) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.url("b"), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      boolean unused = statement.execute("set global innodb_flush_log_at_trx_commit = 1");
    }
  }

  private void run(int rounds, int seconds, int clients) throws Exception {
    LeaseWriter writer =
        new LeaseWriter(store::commit, pool::submit, 10_000, System::nanoTime, Spans.NONE);
    Calls grouped = op -> writer.write(op).thenApply(written -> check(written.get()));
    Calls oneByOne = op -> one.submit(() -> check(store.commit(List.of(op)).get(0)));
    Calls parallel = op -> pool.submit(() -> check(store.commit(List.of(op)).get(0)));
    for (Calls way : List.of(oneByOne, parallel, grouped)) {
      double unused = measure(way, WARM_UP_SECONDS, clients);
    }
    List<Double> toOneByOne = new ArrayList<>();
    List<Double> toParallel = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      double slowest = measure(oneByOne, seconds, clients);
      double slow = measure(parallel, seconds, clients);
      double fast = measure(grouped, seconds, clients);
      toOneByOne.add(fast / slowest);
      toParallel.add(fast / slow);
      System.out.printf(
          "round %d: leases/s of %d clients: one commit per lease %.0f, over %d connections %.0f,"
              + " in groups %.0f%n",
          round, clients, slowest, CONNECTIONS, slow, fast);
    }
    System.out.printf(
        "median ratio of groups to one commit per lease: by the same one writer %s,"
            + " over %d connections %s%n",
        median(toOneByOne), CONNECTIONS, median(toParallel));
    one.close();
    pool.close();
  }

  private static String median(List<Double> ratios) {
    List<Double> sorted = ratios.stream().sorted().toList();
    return "%.1f (%.1f to %.1f)"
        .formatted(sorted.get(sorted.size() / 2), sorted.get(0), sorted.get(sorted.size() - 1));
  }

  private static Object check(Object answer) {
    if (!(answer instanceof Standing) && !(answer instanceof Ended)) {
      throw new IllegalStateException("unexpected: " + answer);
    }
    return answer;
  }

  /** Grants per second. */
  private double measure(Calls calls, int seconds, int clients) throws Exception {
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    List<Client> all = new ArrayList<>();
    for (int number = 0; number < clients; number++) {
      Client client = new Client(new TokenId("token " + number), calls, end);
      all.add(client);
      client.acquire();
    }
    long grants = 0;
    for (Client client : all) {
      grants += client.done.get(seconds + 60L, TimeUnit.SECONDS);
    }
    return grants * 1e9 / (System.nanoTime() - start);
  }

  /** Acquires and releases until the end. A thread that answers it also makes its next call. */
  private final class Client {
    private final AccountId account = new AccountId("bench");
    private final TokenId token;
    private final Calls calls;
    private final long end;
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private long grants;

    Client(TokenId token, Calls calls, long end) {
      this.token = token;
      this.calls = calls;
      this.end = end;
    }

    void acquire() {
      LeaseId id = LeaseId.random(TokenKey.of(account, token), random);
      call(
          new LeaseOp.Grant(
              id, account, token, Scope.ALL, new Holder("client"), TTL, StreamId.NONE),
          answer -> release(((Standing) answer).lease()));
    }

    private void release(Lease lease) {
      grants++;
      call(
          new LeaseOp.Release(lease.id(), lease.fencingNumber(), null),
          answer -> {
            if (System.nanoTime() - end < 0) {
              acquire();
            } else {
              done.complete(grants);
            }
          });
    }

    private void call(LeaseOp op, Consumer<Object> next) {
      var unused =
          calls
              .write(op)
              .thenAccept(next)
              .exceptionally(
                  failure -> {
                    done.completeExceptionally(failure);
                    return null;
                  });
    }
  }
}
