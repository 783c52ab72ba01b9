package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Two real brokers on one real database, 44 workers, and one fault after the other; exits with 1 if
 * two workers ever had the same lease of a token at once, a fencing number did not grow, a lease
 * ended before the end that its holder was told, an earlier stream of a holder went on, a free
 * token was not handed out within its TTL and 5 s from the last loss of a route to the database, or
 * a lease call was not answered in time.
 *
 * <p>Arguments: mysql or mariadb; how many rounds; a seed; and, to see the checker fail, {@code
 * broken}: then the database forgets when leases end, and takes every token for free; or {@code
 * kept}: then a transaction that is not ours keeps the locks of all tokens at the end.
 */
public final class Torture {
  static final java.time.Duration TTL = java.time.Duration.ofSeconds(1);

  /** How many calls failed, by status: the faults are felt. */
  static final Map<String, Long> FAILURES = new ConcurrentHashMap<>();

  private static final String ACCOUNT = "tortured";
  private static final int TOKENS = 12;
  private static final int WORKERS = 24;
  private static final int STREAM_WORKERS = 8;

  /** Of those who come back all the time, and of those who want their tokens. */
  private static final String TAKEN_OVER = "taken over";

  private static final int TAKEN_OVER_TOKENS = 8;
  private static final int TAKE_OVER_WORKERS = 4;
  private static final int OTHER_WORKERS = 6;

  /** Its only token is never free. */
  private static final String LEASED_OUT = "leased out";

  private static final int SUCCESSOR_WORKERS = 2;

  /** At the end, without faults. */
  private static final int CALM_MILLIS = 40_000;

  private Torture() {}

  static Duration ttl() {
    return Duration.newBuilder().setSeconds(TTL.toSeconds()).build();
  }

  public static void main(String[] args) throws Exception {
    DatabaseServer.Product product =
        DatabaseServer.Product.valueOf(args[0].toUpperCase(Locale.ROOT));
    int rounds = Integer.parseInt(args[1]);
    long seed = Long.parseLong(args[2]);
    String wrong = args.length > 3 ? args[3] : "";
    Path directory = Files.createTempDirectory("tokenbroker-torture");
    System.out.printf("%s, %d rounds, seed %d, logs in %s%n", product, rounds, seed, directory);
    List<String> violations;
    try (DatabaseServer database = DatabaseServer.launch(product);
        BrokerProcess one = new BrokerProcess("one", directory, database.port(), "torture");
        BrokerProcess two = new BrokerProcess("two", directory, database.port(), "torture")) {
      violations = torture(database, List.of(one, two), rounds, new Random(seed), wrong);
    }
    violations.stream().limit(10).forEach(v -> System.out.println("VIOLATION " + v));
    violations.stream()
        .collect(Collectors.groupingBy(v -> v.replaceAll("[0-9]+|:.*", ""), Collectors.counting()))
        .forEach((kind, count) -> System.out.println(count + " times " + kind));
    System.out.println(violations.isEmpty() ? "no violation" : violations.size() + " violations");
    System.exit(violations.isEmpty() ? 0 : 1);
  }

  private static List<String> torture(
      DatabaseServer database, List<BrokerProcess> brokers, int rounds, Random random, String wrong)
      throws Exception {
    boolean broken = wrong.equals("broken");
    // so few that both brokers give the same ones at once, if the database lets them
    Set<String> wanted = addTokens(brokers.get(0).channel, ACCOUNT, broken ? 2 : TOKENS);
    List<ManagedChannel> channels = brokers.stream().map(broker -> broker.channel).toList();
    Ledger ledger = new Ledger(System::nanoTime, 1);
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      threads.add(
          new Thread(
              new Worker("worker-" + i, ACCOUNT, channels, ledger, over::get, random.nextLong())));
    }
    // in line before all others, and no good without renewals
    for (int i = 0; i < (broken ? 0 : STREAM_WORKERS); i++) {
      threads.add(
          new Thread(
              new StreamWorker(
                  "stream-" + i, ACCOUNT, channels, ledger, over::get, random.nextLong())));
    }
    if (!broken) {
      threads.addAll(holders(channels, ledger, over, random));
    }
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    if (broken) {
      breakReferee(database);
    }
    Probe probe = new Probe();
    Faults faults = new Faults(brokers, probe, ledger, random);
    long begin = System.nanoTime();
    for (int round = 1; round <= rounds; round++) {
      if (broken) {
        // nothing else is wrong: the more is granted
        Worker.pause(1_000);
      } else {
        faults.round();
      }
      if (round % 25 == 0) {
        print(round, begin, ledger, faults, probe);
      }
    }
    if (!broken) {
      // what takes a broker longer to find out than a fault comes
      try (Connection keeper = connect(database)) {
        if (wrong.equals("kept")) {
          keepLocks(keeper);
        }
        Worker.pause(CALM_MILLIS);
      }
    }
    // before nobody wants any more
    List<String> kept = broken ? List.of() : ledger.kept(TTL.plusSeconds(5), wanted);
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    print(rounds, begin, ledger, faults, probe);
    List<String> violations = new ArrayList<>(ledger.violations());
    violations.addAll(forgotten(database, ledger));
    violations.addAll(probe.violations());
    violations.addAll(kept);
    if (ledger.grants.sum() < rounds) {
      violations.add("hardly anything was granted: this run shows nothing");
    }
    return violations;
  }

  /** Those that say what becomes of streams whose holder has another one. */
  private static List<Thread> holders(
      List<ManagedChannel> channels, Ledger ledger, AtomicBoolean over, Random random)
      throws InterruptedException {
    addTokens(channels.get(0), TAKEN_OVER, TAKEN_OVER_TOKENS);
    addTokens(channels.get(0), LEASED_OUT, 1);
    var unused =
        TokenBrokerGrpc.newBlockingStub(channels.get(0))
            .acquireLease(
                AcquireLeaseRequest.newBuilder()
                    .setAccount(LEASED_OUT)
                    .setHolder("somebody else")
                    .setTtl(Duration.newBuilder().setSeconds(3_600))
                    .build());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < TAKE_OVER_WORKERS; i++) {
      threads.add(
          new Thread(
              new TakeOverWorker(
                  "holder-" + i, TAKEN_OVER, channels, ledger, over::get, random.nextLong())));
    }
    for (int i = 0; i < OTHER_WORKERS; i++) {
      threads.add(
          new Thread(
              new Worker(
                  "other-" + i, TAKEN_OVER, channels, ledger, over::get, random.nextLong())));
    }
    for (int i = 0; i < SUCCESSOR_WORKERS; i++) {
      threads.add(
          new Thread(
              new SuccessorWorker("successor-" + i, LEASED_OUT, channels, ledger, over::get)));
    }
    return threads;
  }

  private static void print(int round, long begin, Ledger ledger, Faults faults, Probe probe) {
    System.out.printf(
        "round %d, %d s: %d grants, %d renewals, %d releases, %d lost, %d answers too late,"
            + " %d violations; at most %d ms free before the next grant; %s; faults %s, %d restarts; failed calls %s%n",
        round,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
        ledger.grants.sum(),
        ledger.renewals.sum(),
        ledger.releases.sum(),
        ledger.lost.sum(),
        ledger.late.sum(),
        ledger.violations().size() + probe.violations().size(),
        ledger.longestFree().toMillis(),
        probe,
        faults.counts(),
        faults.restarts(),
        FAILURES);
  }

  /** Gives their ids. */
  private static Set<String> addTokens(ManagedChannel channel, String account, int count)
      throws InterruptedException {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (int i = 1; i <= count; i++) {
      request.addTokens(NewToken.newBuilder().setSecret("made-up-token-" + i));
    }
    for (int tries = 1; ; tries++) {
      try {
        Set<String> ids = new HashSet<>();
        TokenBrokerAdminGrpc.newBlockingStub(channel)
            .withWaitForReady()
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .addTokens(request.build())
            .getResultsList()
            .forEach(result -> ids.add(result.getToken().getTokenId()));
        return ids;
      } catch (StatusRuntimeException e) {
        if (tries == 5) {
          throw e;
        }
        Worker.pause(1_000);
      }
    }
  }

  /** Numbers that were granted but are not in the database any more. */
  private static List<String> forgotten(DatabaseServer database, Ledger ledger)
      throws SQLException {
    List<String> forgotten = new ArrayList<>();
    Map<String, Long> seen = ledger.newestFences();
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select token_id, fencing_number from lease_token")) {
      while (rows.next()) {
        Long newest = seen.remove(rows.getString(1));
        if (newest != null && rows.getLong(2) < newest) {
          forgotten.add("token " + rows.getString(1) + " was at " + newest + " before");
        }
      }
    }
    seen.forEach((token, fence) -> forgotten.add("token " + token + " has no number"));
    return forgotten;
  }

  /** From now on the database takes every lease for one that has ended long ago. */
  private static void breakReferee(DatabaseServer database) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String event : List.of("insert", "update")) {
        boolean unused =
            statement.execute(
                ("create trigger lease_before_%1$s before %1$s on lease for each row"
                        + " set new.expire_time = '2001-01-01'")
                    .formatted(event));
      }
    }
  }

  /** Until the connection is closed. */
  private static void keepLocks(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute("select * from lease_token for update");
    }
  }

  private static Connection connect(DatabaseServer database) throws SQLException {
    return DriverManager.getConnection(
        database.url("torture"), database.user(), database.password());
  }
}
