package io.tokenbroker.server.torture;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.Link;
import io.tokenbroker.server.torture.OwnerChanges.Change;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.GetFleetResponse;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three brokers of a fleet on one real database, and one fault after the other; exits with 1 if a
 * turn's number came twice or out of order but for what may be repeated after an owner was lost,
 * who waits was overtaken, a limit was exceeded, a cooldown disobeyed after its report was
 * answered, a lease held twice, or a call failed because another broker went or came as planned.
 * Turns are used, too: an {@link UpstreamServer} counts the calls.
 *
 * <p>What was lost the database tells ({@link OwnerChanges}), not the fault: on a machine that does
 * not keep up a broker is struck off now and then while another one goes as planned. How often that
 * was is printed.
 *
 * <p>Arguments: mysql, mariadb, or galera, where each broker has a node of its own; how many
 * rounds; a seed; and, to see the checkers fail, {@code broken}: then the referee strikes off
 * members that are there; or {@code loose}: then the brokers are told of one call more than the
 * upstream allows, and of no cooldown.
 */
public final class FleetTorture {
  static final int TTL_MILLIS = 2_000;

  private static final int TOKENS = 3;
  private static final int TURN_WORKERS = 4;
  private static final int LEASE_WORKERS = 6;
  private static final String LEASED = "tortured";
  private static final int WAIT_WORKERS = 16;
  private static final int UPSTREAM_CALLERS = 12;
  private static final UpstreamPlan PLAN = new UpstreamPlan(8, 5_000, 1);
  private static final int SETTLE_SECONDS = 60;

  private FleetTorture() {}

  /** Where the database is: one server, or the nodes of a cluster. */
  interface Nodes extends AutoCloseable {
    List<DatabaseServer> servers();

    /** One that was killed. */
    void restart(DatabaseServer server);

    @Override
    void close();
  }

  private record OneServer(DatabaseServer server) implements Nodes {
    OneServer(String product) {
      this(DatabaseServer.launch(DatabaseServer.Product.valueOf(product.toUpperCase(Locale.ROOT))));
    }

    @Override
    public List<DatabaseServer> servers() {
      return List.of(server);
    }

    @Override
    public void restart(DatabaseServer server) {
      server.start();
    }

    @Override
    public void close() {
      server.close();
    }
  }

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[1]);
    long seed = Long.parseLong(args[2]);
    String mode = args.length > 3 ? args[3] : "";
    Path directory = Files.createTempDirectory("tokenbroker-fleet-torture");
    System.out.printf(
        "fleet, %s, %d rounds, seed %d, logs in %s%n", args[0], rounds, seed, directory);
    List<String> violations;
    Map<BrokerProcess, Link> ways = new LinkedHashMap<>();
    try (Nodes nodes = args[0].equals("galera") ? new Galera() : new OneServer(args[0])) {
      List<DatabaseServer> servers = nodes.servers();
      try {
        for (String name : List.of("one", "two", "three")) {
          add(ways, name, directory, servers.get(ways.size() % servers.size()).port());
        }
        violations = torture(nodes, ways, rounds, new Random(seed), mode);
      } finally {
        ways.forEach(
            (broker, way) -> {
              broker.close();
              way.close();
            });
      }
    }
    violations.stream().limit(20).forEach(v -> System.out.println("VIOLATION " + v));
    System.out.println(violations.isEmpty() ? "no violation" : violations.size() + " violations");
    System.exit(violations.isEmpty() ? 0 : 1);
  }

  /** The others reach it by a link of its own. */
  private static void add(
      Map<BrokerProcess, Link> ways, String name, Path directory, int databasePort) {
    int port = BrokerProcess.freePort();
    Link way = new Link(port);
    Map<String, String> settings =
        Map.of(
            "TOKENBROKER_FLEET_ADVERTISE",
            "127.0.0.1:" + way.port(),
            "TOKENBROKER_FLEET_TTL",
            TTL_MILLIS + "ms",
            "TOKENBROKER_FLEET_HEARTBEAT",
            TTL_MILLIS / 6 + "ms",
            "TOKENBROKER_ROTATION_TURN_TIMEOUT",
            UpstreamCaller.TIMEOUT);
    BrokerProcess broker =
        new BrokerProcess(name, directory, databasePort, "torture", port, settings);
    ways.put(broker, way);
    broker.awaitServing();
  }

  private static List<String> torture(
      Nodes nodes, Map<BrokerProcess, Link> ways, int rounds, Random random, String mode)
      throws Exception {
    try (UpstreamProcess upstream = new UpstreamProcess(PLAN, random.nextLong())) {
      List<String> found = torture(nodes, ways, upstream, rounds, random, mode);
      System.out.println("upstream: " + upstream.counts());
      return found;
    }
  }

  private static List<String> torture(
      Nodes nodes,
      Map<BrokerProcess, Link> ways,
      UpstreamProcess upstream,
      int rounds,
      Random random,
      String mode)
      throws Exception {
    boolean broken = mode.equals("broken");
    List<BrokerProcess> brokers = List.copyOf(ways.keySet());
    TurnLedger ledger = new TurnLedger(TOKENS);
    Ledger leases = new Ledger(System::nanoTime, 1);
    FleetFaults faults = new FleetFaults(brokers, ways, nodes, random);
    OwnerChanges changes = new OwnerChanges(nodes.servers().get(0), "torture");
    changes.watch();
    WaitLedger waits = new WaitLedger();
    List<String> violations = new CopyOnWriteArrayList<>();
    Queue<String> failed = new ConcurrentLinkedQueue<>();
    AtomicBoolean over = new AtomicBoolean();
    awaitShares(brokers);
    List<Thread> threads = workers(brokers, ledger, leases, faults, failed, over, random);
    threads.addAll(waiting(brokers, waits, over, random.nextLong()));
    threads.addAll(callers(brokers, upstream, mode.equals("loose"), over, random.nextLong()));
    long begin = System.nanoTime();
    long settled = begin;
    int unplanned = 0;
    int used = 0;
    Set<String> told = new HashSet<>();
    for (int number = 1; number <= rounds; number++) {
      FleetRound round = new FleetRound(number, brokers, random.nextLong());
      prepare(round, broken);
      Thread uses = new Thread(round);
      uses.setDaemon(true);
      uses.start();
      Worker.pause(random.nextInt(400));
      String what = "a broken referee";
      boolean loses = false;
      boolean holdsUp = false;
      if (broken) {
        strikeOffAny(nodes.servers().get(0));
        Worker.pause(500);
      } else {
        FleetFaults.Fault fault = faults.round();
        what = fault.name();
        loses = fault.loses;
        holdsUp = fault.holdsUp;
        awaitShares(brokers);
        // what was loaded while others were away has gone by then
        Worker.pause(6_000);
      }
      round.end();
      uses.join();
      used += round.used();
      String context = "round " + number + " " + what + ": ";
      long now = System.nanoTime();
      List<Change> lost = changes.lost(settled);
      ledger.settle(lost, now);
      waits.settle(lost, changes.moved(settled - WaitLedger.HEARD_NANOS), holdsUp);
      settled = now;
      if (lost.isEmpty()) {
        failed.forEach(v -> violations.add(context + v));
      } else if (!loses) {
        unplanned++;
        System.out.printf(
            "%s%d partitions were lost, %d calls failed%n", context, lost.size(), failed.size());
      }
      failed.clear();
      round.violations().forEach(v -> violations.add(context + v));
      upstream.found().forEach(v -> violations.add(context + v));
      all(violations, ledger, waits, leases).stream()
          .filter(told::add)
          .forEach(v -> System.out.println(context + "VIOLATION " + v));
      if (number % 5 == 0) {
        print(number, begin, ledger, waits, leases, faults, unplanned, violations.size());
      }
    }
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    violations.addAll(upstream.found());
    List<Change> last = changes.lost(settled);
    ledger.settle(last, System.nanoTime());
    waits.settle(last, changes.moved(settled - WaitLedger.HEARD_NANOS), false);
    print(rounds, begin, ledger, waits, leases, faults, unplanned, violations.size());
    List<String> found = all(violations, ledger, waits, leases);
    if (ledger.turns.sum() < 100L * rounds || used < 10 * rounds) {
      found.add("hardly anything was handed out: this run shows nothing");
    }
    return found;
  }

  private static List<String> all(
      List<String> other, TurnLedger turns, WaitLedger waits, Ledger leases) {
    List<String> all = new ArrayList<>(turns.violations());
    all.addAll(waits.violations());
    all.addAll(leases.violations());
    all.addAll(other);
    return all;
  }

  private static void prepare(FleetRound round, boolean broken) {
    try {
      round.prepare();
    } catch (StatusRuntimeException e) {
      if (!broken) {
        throw e;
      }
    }
  }

  private static List<Thread> workers(
      List<BrokerProcess> brokers,
      TurnLedger ledger,
      Ledger leases,
      FleetFaults faults,
      Queue<String> failed,
      AtomicBoolean over,
      Random random) {
    List<String> accounts = IntStream.range(0, 8).mapToObj(i -> "account-" + i).toList();
    accounts.forEach(account -> addTokens(brokers.get(0), account, TOKENS));
    addTokens(brokers.get(0), LEASED, TOKENS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < TURN_WORKERS; i++) {
      threads.add(
          new Thread(
              new TurnWorker(
                  brokers,
                  accounts,
                  ledger,
                  faults::mustAnswer,
                  failed,
                  over::get,
                  random.nextLong())));
    }
    for (int i = 0; i < LEASE_WORKERS; i++) {
      threads.add(
          new Thread(
              new Worker(
                  "worker-" + i,
                  LEASED,
                  brokers.stream().map(broker -> broker.channel).toList(),
                  leases,
                  over::get,
                  random.nextLong())));
    }
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    return threads;
  }

  /** Who wait for what is not enough for all of them. */
  private static List<Thread> waiting(
      List<BrokerProcess> brokers, WaitLedger ledger, AtomicBoolean over, long seed) {
    List<String> accounts = List.of("waited-0", "waited-1");
    for (String account : accounts) {
      addTokens(brokers.get(0), account, 1);
      Preparation.make(() -> UpstreamCaller.limit(brokers.get(0), account, WaitWorker.LIMITS));
      // the first call of a broker takes longer on its way than those that come after it
      for (BrokerProcess broker : brokers) {
        Preparation.make(() -> WaitWorker.take(broker, account));
      }
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WAIT_WORKERS; i++) {
      threads.add(new Thread(new WaitWorker(brokers, accounts, ledger, over::get, seed + i)));
    }
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    return threads;
  }

  /** Who use what they are handed out, of accounts whose limits are the upstream's. */
  private static List<Thread> callers(
      List<BrokerProcess> brokers,
      UpstreamProcess upstream,
      boolean loose,
      AtomicBoolean over,
      long seed) {
    List<String> accounts = IntStream.range(0, 4).mapToObj(i -> "upstream-" + i).toList();
    for (String account : accounts) {
      addTokens(brokers.get(0), account, TOKENS);
      TokenLimits limits = (loose ? PLAN.loosened() : PLAN).limits();
      Preparation.make(() -> UpstreamCaller.limit(brokers.get(0), account, limits));
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < UPSTREAM_CALLERS; i++) {
      threads.add(
          new Thread(new UpstreamCaller(brokers, accounts, upstream, loose, over::get, seed + i)));
    }
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    return threads;
  }

  private static void addTokens(BrokerProcess broker, String account, int count) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (int i = 0; i < count; i++) {
      request.addTokens(NewToken.newBuilder().setSecret("made-up-" + account + "-" + i));
    }
    Preparation.make(
        () -> {
          var unused =
              TokenBrokerAdminGrpc.newBlockingStub(broker.channel)
                  .withDeadlineAfter(60, TimeUnit.SECONDS)
                  .addTokens(request.build());
        });
  }

  /** Until each broker is a member, and owns its share. */
  private static void awaitShares(List<BrokerProcess> brokers) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
    String seen = "nothing";
    while (System.nanoTime() < end) {
      try {
        GetFleetResponse fleet =
            TokenBrokerAdminGrpc.newBlockingStub(brokers.get(0).channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .getFleet(GetFleetRequest.getDefaultInstance());
        Map<String, Long> owners =
            fleet.getPartitionsList().stream()
                .collect(Collectors.groupingBy(FleetPartition::getOwner, Collectors.counting()));
        if (owners.size() == brokers.size() && !owners.containsKey("")) {
          return;
        }
        seen = "owners " + owners + ", members " + fleet.getMembersList();
      } catch (StatusRuntimeException e) {
        seen = e.getStatus().toString();
        Torture.FAILURES.merge("fleet " + e.getStatus().getCode(), 1L, Long::sum);
      }
      Worker.pause(100);
    }
    throw new IllegalStateException("the fleet does not come to rest; seen last: " + seen);
  }

  /** As no referee may: whoever it is has renewed, and goes on as before until it hears of it. */
  private static void strikeOffAny(DatabaseServer database) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                database.url("torture"), database.user(), database.password());
        Statement statement = connection.createStatement()) {
      int unused = statement.executeUpdate("delete from fleet_member order by rand() limit 1");
    }
  }

  private static void print(
      int round,
      long begin,
      TurnLedger turns,
      WaitLedger waits,
      Ledger leases,
      FleetFaults faults,
      int unplanned,
      int violations) {
    System.out.printf(
        "round %d, %d s: %d turns, %d in splits, %d times back after a loss, %d waited, %d"
            + " overtaken on the way, %d grants,"
            + " %d violations; faults %s, %d rounds with a loss that was not planned;"
            + " failed calls %s%n",
        round,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
        turns.turns.sum(),
        turns.splits.sum(),
        turns.repeated.sum(),
        waits.calls.sum(),
        waits.overtakenOnTheWay.sum(),
        leases.grants.sum(),
        all(List.of(), turns, waits, leases).size() + violations,
        faults.counts(),
        unplanned,
        Torture.FAILURES);
  }
}
