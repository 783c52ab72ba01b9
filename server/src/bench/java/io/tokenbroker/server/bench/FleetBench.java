package io.tokenbroker.server.bench;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.testing.BuiltBroker;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a fleet of three costs, on one real database and the built distribution:
 *
 * <ul>
 *   <li>{@code moves}: each broker goes and comes again, as in a rolling update, under load: calls
 *       that fail, and how long they take meanwhile;
 *   <li>{@code crash}: kill -9 of one: when its accounts are served again;
 *   <li>{@code cpu}: processor time of all brokers for a call of the owner, and of another one that
 *       hands it on, beside a broker that is alone. For a quiet machine.
 * </ul>
 *
 * <p>Arguments: the distribution, mysql or mariadb, and any of these.
 */
public final class FleetBench implements AutoCloseable {
  private static final int BROKERS = 3;
  private static final int PER_SECOND = 120;
  private static final int WARM_UP_SECONDS = 15;
  private static final int CALM_SECONDS = 5;
  private static final int SETTLE_SECONDS = 120;
  private static final int CRASH_SECONDS = 15;
  private static final String CPU_ROUNDS = "5";
  private static final String CPU_SECONDS = "4";

  /** As {@link CallCost} asks for it. */
  private static final String ACCOUNT = "demo";

  private static final List<String> PLAIN = names("plain", 40);
  private static final List<String> LIMITED = names("limited", 20);

  private final Path distribution;
  private final Path logs;
  private final DatabaseServer database;
  private final List<Member> members = new ArrayList<>();
  private int started;

  /**
   * @param port the same when it comes again
   */
  private record Member(int port, BuiltBroker broker, ManagedChannel channel) {}

  private FleetBench(Path distribution, Path logs, DatabaseServer database) {
    this.distribution = distribution;
    this.logs = logs;
    this.database = database;
  }

  private static List<String> names(String kind, int count) {
    return IntStream.range(0, count).mapToObj(i -> kind + "-" + i).toList();
  }

  public static void main(String[] args) throws Exception {
    Path logs = Files.createTempDirectory("tokenbroker-fleet-bench");
    Product product = Product.valueOf(args[1].toUpperCase(Locale.ROOT));
    for (String what : List.of(args).subList(2, args.length)) {
      try (DatabaseServer database = DatabaseServer.launch(product);
          FleetBench fleet = new FleetBench(Path.of(args[0]), logs, database)) {
        System.out.printf("== %s: a fleet of %d on %s, logs in %s%n", what, BROKERS, args[1], logs);
        fleet.begin();
        switch (what) {
          case "moves" -> fleet.moves();
          case "crash" -> fleet.crash();
          case "cpu" -> fleet.cpu();
          default -> throw new IllegalArgumentException(what);
        }
      }
    }
    // channels included
    System.exit(0);
  }

  private void begin() throws IOException {
    for (int i = 0; i < BROKERS; i++) {
      members.add(start(freePort()));
    }
    ManagedChannel first = members.get(0).channel;
    PLAIN.forEach(account -> add(first, account));
    for (String account : LIMITED) {
      add(first, account);
      limit(first, account);
    }
    awaitRest(first);
  }

  private Member start(int port) throws IOException {
    Map<String, String> settings = settings("fleet");
    settings.put("FLEET_ADVERTISE", "auto");
    BuiltBroker broker = broker("fleet-" + started++, "127.0.0.1:" + port, settings);
    return new Member(port, broker, channel(port));
  }

  private BuiltBroker broker(String name, String listen, Map<String, String> settings)
      throws IOException {
    return new BuiltBroker(distribution, logs.resolve(name + ".log"), listen, settings);
  }

  private Map<String, String> settings(String name) {
    Map<String, String> settings = new HashMap<>();
    settings.put("DB_URL", database.url(name));
    settings.put("DB_USER", database.user());
    settings.put("DB_PASSWORD", database.password());
    return settings;
  }

  private static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub admin(ManagedChannel channel) {
    return TokenBrokerAdminGrpc.newBlockingStub(channel)
        .withDeadlineAfter(SETTLE_SECONDS, TimeUnit.SECONDS);
  }

  private static void add(ManagedChannel channel, String account) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (int i = 0; i < 3; i++) {
      request.addTokens(NewToken.newBuilder().setSecret("made-up-" + account + "-" + i));
    }
    var unused = admin(channel).addTokens(request.build());
  }

  /** To what nobody comes near: each turn is saved before it is told all the same. */
  private static void limit(ManagedChannel channel, String account) {
    TokenLimits limits =
        TokenLimits.newBuilder()
            .addRates(RateLimit.newBuilder().setCount(1_000_000).setWindow(Durations.fromHours(1)))
            .build();
    var unused =
        admin(channel)
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(account)
                    .setSettings(AccountSettings.newBuilder().setTokenLimits(limits))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }

  /** Until all are there, and nothing has moved for two seconds. */
  private static void awaitRest(ManagedChannel channel) {
    List<FleetPartition> before = List.of();
    long since = System.nanoTime();
    while (System.nanoTime() - since < TimeUnit.SECONDS.toNanos(2)) {
      List<FleetPartition> now =
          admin(channel).getFleet(GetFleetRequest.getDefaultInstance()).getPartitionsList();
      Set<String> owners = now.stream().map(FleetPartition::getOwner).collect(Collectors.toSet());
      if (!now.equals(before) || owners.contains("") || owners.size() < BROKERS) {
        since = System.nanoTime();
      }
      before = now;
      rest(0.1);
    }
  }

  private static void rest(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private FleetCalls load(List<ManagedChannel> through) {
    FleetCalls calls =
        new FleetCalls(
            IntStream.range(0, PLAIN.size() + LIMITED.size())
                .mapToObj(i -> i % 3 == 2 ? LIMITED.get(i / 3) : PLAIN.get(i - i / 3))
                .toList(),
            PER_SECOND,
            through);
    Thread thread = new Thread(calls, "load");
    thread.setDaemon(true);
    thread.start();
    return calls;
  }

  private List<ManagedChannel> allBut(int out) {
    return members.stream().filter(m -> m.port != out).map(Member::channel).toList();
  }

  /** Callers go elsewhere before, as they do by a load balancer that heeds its health. */
  private void moves() throws Exception {
    FleetCalls calls = load(allBut(0));
    rest(WARM_UP_SECONDS);
    long calm = System.nanoTime();
    rest(CALM_SECONDS);
    calls.tell("nothing moves", calm, System.nanoTime());
    for (int i = 0; i < BROKERS; i++) {
      Member member = members.get(i);
      calls.through(allBut(member.port));
      rest(1);
      long goes = System.nanoTime();
      boolean unused = ProcessHandle.of(member.broker.pid()).orElseThrow().destroy();
      while (member.broker.isAlive()) {
        rest(0.01);
      }
      rest(2);
      long comes = System.nanoTime();
      var unusedChannel = member.channel.shutdownNow();
      members.set(i, start(member.port));
      awaitRest(members.get(i).channel);
      long end = System.nanoTime();
      rest(1);
      calls.tell("broker " + (i + 1) + " goes", goes, comes);
      calls.tell("broker " + (i + 1) + " comes", comes, end);
    }
    calls.end();
  }

  private void crash() {
    Member last = members.get(BROKERS - 1);
    FleetCalls calls = load(allBut(last.port));
    rest(WARM_UP_SECONDS);
    long killed = System.nanoTime();
    last.broker.close();
    rest(CRASH_SECONDS);
    calls.end();
    calls.tell("after kill -9", killed, System.nanoTime());
    calls.tellReturn(killed);
  }

  private void cpu() throws Exception {
    try (BuiltBroker alone = broker("alone", "127.0.0.1:0", settings("alone"))) {
      ManagedChannel channel = channel(alone.port());
      add(channel, ACCOUNT);
      var unused = channel.shutdownNow();
      add(members.get(0).channel, ACCOUNT);
      String owner = ownerOf(ACCOUNT);
      String all =
          members.stream().map(m -> Long.toString(m.broker.pid())).collect(Collectors.joining("+"));
      int there = Integer.parseInt(owner.substring(owner.lastIndexOf(':') + 1));
      int other =
          members.stream().mapToInt(Member::port).filter(p -> p != there).min().orElseThrow();
      CallCost.tell(
          new String[] {
            CPU_ROUNDS,
            CPU_SECONDS,
            logs.toString(),
            "alone:%d:%d:next:plain".formatted(alone.pid(), alone.port()),
            "direct:%s:%d:next:plain".formatted(all, there),
            "forwarded:%s:%d:next:plain".formatted(all, other)
          });
    }
  }

  private String ownerOf(String account) {
    return admin(members.get(0).channel)
        .getFleet(GetFleetRequest.getDefaultInstance())
        .getPartitionsList()
        .stream()
        .filter(each -> each.getPartition() == Partitions.of(account))
        .map(FleetPartition::getOwner)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    for (Member member : members) {
      var unused = member.channel.shutdownNow();
      member.broker.close();
    }
  }
}
