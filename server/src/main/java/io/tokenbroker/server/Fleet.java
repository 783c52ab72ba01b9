package io.tokenbroker.server;

import io.tokenbroker.server.config.FleetConfig;
import io.tokenbroker.server.config.HostPort;
import io.tokenbroker.server.config.ListenConfig;
import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.fleet.FleetMember;
import io.tokenbroker.server.fleet.FleetSettings.OnSplit;
import io.tokenbroker.server.fleet.FleetStore;
import io.tokenbroker.server.fleet.FleetStore.AddressTakenException;
import io.tokenbroker.server.fleet.Grant;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.grpc.FleetPorts;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.rotation.Right;
import io.tokenbroker.server.rotation.Rights;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.store.FailureLog;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This broker's part in a fleet: the thread that sees to it, and the rights that come of it.
 * Thread-safe; {@link #start} and what follows by one thread.
 */
final class Fleet implements Rights {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);

  /** Peers may say much: no more steps than that. */
  private static final Duration SHORTEST = Duration.ofMillis(2);

  /** After a statement that failed. */
  private static final Duration RETRY = Duration.ofMillis(250);

  private static final Duration NO_OWNER = Duration.ofMillis(100);

  private final FleetConfig config;
  private final Supplier<CompletableFuture<Boolean>> saveUsage;
  private final FleetMember member;
  private final Semaphore news = new Semaphore(0);
  private final Thread thread = new Thread(this::run, "fleet");
  private final FailureLog trouble =
      new FailureLog(log, "the fleet's database can't be asked", "the fleet is seen to again");
  private final SplitRights splits;
  private final Queue<CompletableFuture<?>> looks = new ConcurrentLinkedQueue<>();
  private volatile boolean ending;

  /**
   * @param moves is told what is gained and lost
   * @param saveUsage tells whether what was used of limits by then is saved
   */
  Fleet(
      FleetConfig config,
      FleetStore store,
      String version,
      FleetMoves moves,
      Supplier<CompletableFuture<Boolean>> saveUsage) {
    this.saveUsage = saveUsage;
    this.config = config;
    this.member =
        new FleetMember(
            store,
            config.settings(),
            version,
            () -> UUID.randomUUID().toString().replace("-", ""),
            moves,
            System::nanoTime);
    this.splits =
        new SplitRights(
            account -> member.grantOf(account) != null,
            whileSplit(),
            this::refusal,
            this::looked,
            System::nanoTime);
    member.onNews(news::release);
    thread.setDaemon(true);
  }

  /** What may be done with an account while nobody knows who owns it. */
  private Right.State whileSplit() {
    return config.settings().onSplit() == OnSplit.SERVE ? Right.State.FULL : Right.State.UNLIMITED;
  }

  /** What calls of other brokers, and to them, need of it. */
  FleetPorts ports(Optional<ServerTls> tls) {
    Duration untilNext = config.settings().ttl().plus(config.settings().heartbeat());
    return FleetPorts.of(member, member, splits, untilNext, tls);
  }

  /** A broker that is no member takes all accounts for its own. */
  static void refuseMembers(Optional<String> member) throws StartException {
    if (member.isPresent()) {
      throw StartException.fleet(
          "The brokers of this database are a fleet, one of them at %s. Set fleet.advertise here too, or stop them."
              .formatted(member.get()));
    }
  }

  FleetMember member() {
    return member;
  }

  /** In which epochs it owns what it owns. */
  Epochs epochs() {
    return member.epochs();
  }

  /** The database has accounts for another one's since these epochs. */
  void lost(Collection<AccountId> accounts, Epochs since) {
    for (AccountId account : accounts) {
      int partition = Partitions.of(account.value());
      if (since.of(partition) > 0) {
        member.moved(partition, since.of(partition) + 1, "");
      }
    }
  }

  @Override
  public Right of(AccountId account) {
    Grant grant = member.grantOf(account.value());
    if (grant == null) {
      Right meanwhile = splits.of(account);
      if (meanwhile != null) {
        return meanwhile;
      }
      throw refusal(account);
    }
    return new Granted(grant);
  }

  private BrokerException refusal(AccountId account) {
    Owner owner = member.ownerOf(account.value());
    if (owner instanceof Owner.At at) {
      return BrokerException.notOwner(
          account, at.partition(), at.epoch(), at.address(), Duration.ZERO);
    }
    // of this broker itself: it was not a moment ago
    return BrokerException.notOwner(account, owner.partition(), 0, "", NO_OWNER);
  }

  /** The right to one account, by that to its partition. */
  private final class Granted implements Right {
    private final Grant grant;

    Granted(Grant grant) {
      this.grant = grant;
    }

    @Override
    public State state() {
      return switch (grant.state()) {
        case HELD -> State.FULL;
        case LAPSED -> whileSplit();
        case STOPPED -> State.STOPPED;
        case ENDED -> State.ENDED;
      };
    }

    /** Of a partition, epochs only grow. */
    @Override
    public int serial() {
      return (int) grant.owner().epoch();
    }

    @Override
    public boolean savesFirst() {
      return true;
    }

    @Override
    public CompletableFuture<Boolean> save() {
      boolean serves = whileSplit() == State.FULL;
      return saveUsage.get().thenApply(saved -> saved || serves);
    }

    @Override
    public BrokerException refusal(AccountId account) {
      return Fleet.this.refusal(account);
    }
  }

  /**
   * Joins, and waits until it has what is free.
   *
   * @param port where it listens in the end
   * @throws StartException if another broker has its address, or the database knows another kind of
   *     fleet
   */
  void start(ListenConfig listen, int port) throws StartException {
    member.advertise(address(listen, port));
    try {
      for (long wait = member.tryJoin(); wait > 0; wait = member.tryJoin()) {
        log.atInfo()
            .addKeyValue("address", member.self())
            .log("waiting for a broker that had this address, and seems to have gone");
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      member.step();
    } catch (AddressTakenException e) {
      throw StartException.fleet(
          "Another broker of the fleet has the address %s (fleet.advertise). Each needs one of its own."
              .formatted(e.holder().address()));
    } catch (BrokerException e) {
      throw StartException.database(String.valueOf(e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw StartException.fleet(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StartException.fleet("Interrupted while joining the fleet.");
    }
    thread.start();
  }

  private String address(ListenConfig listen, int port) throws StartException {
    if (config.advertise().isPresent()) {
      return config.advertise().get().toString();
    }
    if (listen.calls().at(port) instanceof HostPort there) {
      return auto(there.host(), port);
    }
    throw StartException.fleet(
        "fleet.advertise is auto, and the broker listens on a Unix socket, which other brokers can't reach. Give HOST:PORT.");
  }

  private static String auto(String host, int port) {
    try {
      InetAddress listens = InetAddress.getByName(host);
      InetAddress told = listens.isAnyLocalAddress() ? InetAddress.getLocalHost() : listens;
      return new HostPort(told.getHostAddress(), port).toString();
    } catch (UnknownHostException e) {
      return new HostPort(host, port).toString();
    }
  }

  private void run() {
    while (!ending) {
      long wait = step();
      try {
        TimeUnit.NANOSECONDS.sleep(Math.min(wait, SHORTEST.toNanos()));
        boolean unused =
            news.tryAcquire(Math.max(0, wait - SHORTEST.toNanos()), TimeUnit.NANOSECONDS);
        news.drainPermits();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Completes when the database has been asked, or could not be, after this call. */
  private CompletionStage<?> looked() {
    CompletableFuture<?> look = new CompletableFuture<>();
    looks.add(look);
    news.release();
    if (ending) {
      hasLooked(asked());
    }
    return look;
  }

  private List<CompletableFuture<?>> asked() {
    List<CompletableFuture<?>> asked = new ArrayList<>();
    for (CompletableFuture<?> one = looks.poll(); one != null; one = looks.poll()) {
      asked.add(one);
    }
    return asked;
  }

  private static void hasLooked(List<CompletableFuture<?>> asked) {
    asked.forEach(one -> one.complete(null));
  }

  private long step() {
    List<CompletableFuture<?>> asked = asked();
    try {
      return tryStep();
    } finally {
      hasLooked(asked);
    }
  }

  private long tryStep() {
    try {
      long wait = member.step();
      trouble.succeeded();
      return wait;
    } catch (BrokerException | AddressTakenException e) {
      trouble.failed(e);
      return RETRY.toNanos();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a fault in the fleet");
      return RETRY.toNanos();
    }
  }

  /** Hands all it owns to the others, as far as there are any, and as there is time. */
  void handOver(Duration grace) throws InterruptedException {
    try {
      member.beginLeave().get(grace.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("not all accounts could be handed over; others take them when this broker is gone");
    }
  }

  /** What it still has is free at once; nothing may be done by its rights any more. */
  void leave(Duration grace) throws InterruptedException {
    ending = true;
    news.release();
    hasLooked(asked());
    thread.join(Math.max(1, grace.toMillis()));
    if (member.id().isEmpty() || thread.isAlive()) {
      return;
    }
    try {
      member.leave();
    } catch (BrokerException e) {
      log.atWarn()
          .addKeyValue("cause", e.getMessage())
          .log("the fleet could not be told; it takes this broker's accounts after fleet.ttl");
    }
  }
}
