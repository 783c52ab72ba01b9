package io.tokenbroker.server.grpc;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.Owners;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.fleet.Peers;
import io.tokenbroker.server.fleet.Split;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A broker of a fleet behind a socket, which believes of the fleet what the test says. */
final class TestMember implements Owners, Peers, Split, AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** What a call was that has come to the services of a member. */
  record Seen(String method, Metadata headers, Caller caller, boolean hasDeadline) {}

  final TestBroker broker;
  final LinkedBlockingQueue<Seen> seen = new LinkedBlockingQueue<>();

  /** What peers have said, in words. */
  final List<String> hints = new ArrayList<>();

  /** Has been asked whether it answers for others. */
  final CountDownLatch asked = new CountDownLatch(1);

  /** Completes when it has looked who owns what. */
  volatile CompletableFuture<?> look = CompletableFuture.completedFuture(null);

  /** Whether it answers for others in a split. */
  volatile boolean serves;

  /** Whether it is told in time that what it owns is still its own. */
  volatile boolean certain = true;

  private boolean gone;
  private final Map<Integer, Owner> owners = new ConcurrentHashMap<>();

  /** Of all members, by address. */
  private final Map<String, String> keys;

  private final String key;
  private final GrpcServer server;
  private final String address;
  private final ManagedChannel channel;

  /**
   * @param keys of all members so far; this one adds its own
   * @param asksWhoCalls whether callers need a key of this broker
   */
  TestMember(TestBroker broker, Map<String, String> keys, boolean asksWhoCalls, Duration patience)
      throws IOException {
    this(broker, keys, asksWhoCalls, patience, List.of(Plane.ALL), Optional.empty());
  }

  /** One that everyone may call. */
  TestMember(TestBroker broker, Map<String, String> keys, CallLimits limits) throws IOException {
    this(broker, keys, false, MINUTE, List.of(Plane.ALL), Optional.empty(), limits);
  }

  /**
   * @param planes of an address each; it advertises the first
   */
  TestMember(
      TestBroker broker,
      Map<String, String> keys,
      boolean asksWhoCalls,
      Duration patience,
      List<Plane> planes,
      Optional<AuditLog> audit)
      throws IOException {
    this(broker, keys, asksWhoCalls, patience, planes, audit, TestCallLimits.WIDE);
  }

  private TestMember(
      TestBroker broker,
      Map<String, String> keys,
      boolean asksWhoCalls,
      Duration patience,
      List<Plane> planes,
      Optional<AuditLog> audit,
      CallLimits limits)
      throws IOException {
    this.broker = broker;
    this.keys = keys;
    this.key = "key-" + keys.size();
    var unused = broker.keys.refresh().join();
    server =
        new GrpcServer(
            planes.stream().map(TestMember::listener).toList(),
            limits,
            Defaults.CONNECTIONS,
            false,
            asksWhoCalls
                ? new Callers(
                    new Authenticator(
                        false, List.of(), Optional.of(broker.keys), Optional.empty(), broker::now),
                    Access.ALL)
                : Callers.LOCAL,
            broker.streams,
            audit,
            true,
            Optional.empty(),
            Optional.of(new FleetPorts(this, this, this, patience, Optional.empty())),
            broker.services().stream().map(this::watched).toList());
    server.start();
    address = "127.0.0.1:" + server.port();
    keys.put(address, key);
    channel = NettyChannelBuilder.forTarget("dns:///" + address).usePlaintext().build();
  }

  private static GrpcServer.Listener listener(Plane plane) {
    return new GrpcServer.Listener(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Optional.empty(),
        plane,
        Set.of());
  }

  private BindableService watched(BindableService service) {
    ServerInterceptor watch =
        new ServerInterceptor() {
          @Override
          public <Q, A> ServerCall.Listener<Q> interceptCall(
              ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            seen.add(
                new Seen(
                    String.valueOf(call.getMethodDescriptor().getBareMethodName()),
                    headers,
                    Caller.current(),
                    Context.current().getDeadline() != null));
            return next.startCall(call, headers);
          }
        };
    return () -> ServerInterceptors.intercept(service, watch);
  }

  String address() {
    return address;
  }

  ManagedChannel channel() {
    return channel;
  }

  TokenBrokerGrpc.TokenBrokerBlockingStub calls() {
    return TokenBrokerGrpc.newBlockingStub(channel);
  }

  TokenBrokerGrpc.TokenBrokerStub async() {
    return TokenBrokerGrpc.newStub(channel);
  }

  GrpcServer server() {
    return server;
  }

  /** It believes that another one owns the account; itself if that is it, nobody if it is null. */
  void believes(String account, @Nullable TestMember owner, long epoch) {
    int partition = Partitions.of(account);
    owners.put(
        partition,
        owner == this
            ? new Owner.Here(partition, epoch)
            : owner == null
                ? new Owner.Unknown(partition, Duration.ofMillis(50))
                : new Owner.At(owner.address(), partition, epoch));
  }

  void believesIn(String account, String address) {
    int partition = Partitions.of(account);
    owners.put(partition, new Owner.At(address, partition, 1));
  }

  /** Ends what it has of the account, and saves its position, for the next owner. */
  void leave(String account, TestMember next, long epoch) {
    believes(account, next, epoch);
    broker.streams.moved(
        of ->
            of.value().equals(account)
                ? BrokerException.notOwner(
                    new AccountId(account),
                    Partitions.of(account),
                    epoch,
                    next.address(),
                    Duration.ofMillis(50))
                : null);
    var unused = broker.positions.save().join();
  }

  @Override
  public Owner ownerOf(int partition) {
    return owners.getOrDefault(partition, new Owner.Here(partition, 1));
  }

  @Override
  public boolean isCertain(int partition) {
    return certain;
  }

  @Override
  public synchronized void moved(int partition, long epoch, String owner) {
    hints.add(partition + " " + epoch + " " + owner);
    if (!owner.equals(address)) {
      owners.put(partition, new Owner.At(owner, partition, epoch));
    }
  }

  @Override
  public String self() {
    return address;
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public Optional<String> keyOf(String member) {
    return Optional.ofNullable(keys.get(member));
  }

  @Override
  public CompletionStage<Boolean> serves(String account) {
    asked.countDown();
    return look.thenApply(done -> serves);
  }

  /** Its process is gone; its row is not yet. */
  void crash() {
    gone = true;
    channel.shutdownNow();
    server.close();
  }

  /** As at SIGTERM. */
  void drain() {
    if (gone) {
      return;
    }
    gone = true;
    try {
      var unused = server.drain(Duration.ZERO, MINUTE, () -> {}, () -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    drain();
    broker.close();
  }
}
