package io.tokenbroker.server.bench;

import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseWriter;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.sql.Database;
import io.tokenbroker.server.store.sql.DatabaseSettings;
import io.tokenbroker.server.store.sql.SqlLeaseStore;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.Lease;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenKey;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Leases granted (and released again) per second, by clients that each have one call open at a
 * time: one commit per lease, over all connections of the pool, against groups by one writer. In
 * turn, on one database, which syncs its log at every commit.
 *
 * <p>Arguments: mysql or mariadb, rounds, seconds per round, clients.
 */
public final class LeaseBench {
  private static final int CONNECTIONS = 8;
  private static final Duration TTL = Duration.ofMinutes(1);

  private final StoreExecutor executor = new StoreExecutor(CONNECTIONS, 10_000, System::nanoTime);
  private final SqlLeaseStore store;
  private final SecureRandom random = new SecureRandom();

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
    LeaseWriter writer = new LeaseWriter(store::commit, executor::submit, 10_000, System::nanoTime);
    Function<LeaseOp, CompletableFuture<?>> grouped =
        op -> writer.write(op).thenApply(written -> check(written.get()));
    Function<LeaseOp, CompletableFuture<?>> single =
        op -> executor.submit(() -> check(store.commit(List.of(op)).get(0)));
    measure(single, 2, clients);
    measure(grouped, 2, clients);
    List<Double> ratios = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      double one = measure(single, seconds, clients);
      double many = measure(grouped, seconds, clients);
      ratios.add(many / one);
      System.out.printf(
          "round %d: %d clients, one commit per lease %.0f leases/s, in groups %.0f leases/s,"
              + " ratio %.1f%n",
          round, clients, one, many, many / one);
    }
    double[] sorted = ratios.stream().mapToDouble(ratio -> ratio).sorted().toArray();
    System.out.printf(
        "median ratio %.1f of %s%n", sorted[sorted.length / 2], Arrays.toString(sorted));
    executor.close();
  }

  private static Object check(Object answer) {
    if (!(answer instanceof Standing) && !(answer instanceof Ended)) {
      throw new IllegalStateException("unexpected: " + answer);
    }
    return answer;
  }

  /** Grants per second. */
  private double measure(Function<LeaseOp, CompletableFuture<?>> write, int seconds, int clients)
      throws Exception {
    LongAdder grants = new LongAdder();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    long start = System.nanoTime();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      all.add(client("token " + client, write, grants, end));
    }
    for (CompletableFuture<?> one : all) {
      one.get(seconds + 60L, TimeUnit.SECONDS);
    }
    return grants.sum() * 1e9 / (System.nanoTime() - start);
  }

  private CompletableFuture<?> client(
      String token, Function<LeaseOp, CompletableFuture<?>> write, LongAdder grants, long end) {
    AccountId account = new AccountId("bench");
    LeaseOp.Grant grant =
        new LeaseOp.Grant(
            LeaseId.random(TokenKey.of(account, new TokenId(token)), random),
            account,
            new TokenId(token),
            Scope.ALL,
            new Holder("client"),
            TTL,
            StreamId.NONE);
    return write
        .apply(grant)
        .thenCompose(
            answer -> {
              grants.increment();
              Lease lease = ((Standing) answer).lease();
              return write.apply(new LeaseOp.Release(lease.id(), lease.fencingNumber(), null));
            })
        .thenComposeAsync(
            released ->
                System.nanoTime() - end > 0
                    ? CompletableFuture.completedFuture(null)
                    : client(token, write, grants, end));
  }
}
