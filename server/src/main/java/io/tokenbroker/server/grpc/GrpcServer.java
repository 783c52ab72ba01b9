package io.tokenbroker.server.grpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.RecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.trace.Spans;
import io.tokenbroker.server.trace.Tracing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening server, at one address or several: our services, health v1, reflection v1 and
 * v1alpha, and channelz if asked for. Handlers run on the event loops themselves (a direct
 * executor), so none of them may block.
 */
public final class GrpcServer {
  private static final Logger log = LoggerFactory.getLogger(GrpcServer.class);

  private static final int CHANNELZ_PAGE = 100;
  private static final int RESETS_SECONDS = 10;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int BACKLOG = 1024;

  /** A reader who takes nothing for so long during a stop is not waited for. */
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /**
   * One read of a connection, of at most 8 KiB, before it is the turn of the event loop's others:
   * of netty's 16 reads of 64 KiB a caller can make 10,000 calls, of this one about 50.
   */
  private static final RecvByteBufAllocator ONE_READ =
      new AdaptiveRecvByteBufAllocator(2048, 4096, 8 * 1024).maxMessagesPerRead(1);

  private final StandardCalls standardCalls = new StandardCalls();
  private final EventLoops eventLoops = new EventLoops();
  private final UnixArrivals unixArrivals = new UnixArrivals();
  private final List<BoundServer> servers = new ArrayList<>();
  private final CallLimits limits;
  private final ConnectionLimits connections;
  private final boolean channelz;
  private final Callers callers;
  private final ConnectionGate gate;
  private final OpenStreams streams;
  private final InboundBudget inbound;
  private final UnsentAnswers unsent;
  private final CallerBounds bounds;
  private final OpenWaits waits = new OpenWaits();
  private final Optional<AuditLog> audit;
  private final Optional<RpcCounts> rpcs;
  private final Optional<TracedCalls> traced;
  private final Optional<LoopDelays> loopDelays;
  private final Optional<PeerCalls> peers;
  private final Optional<Forwarding> forwarding;
  private @Nullable AuxiliaryPort auxiliary;

  /** A server that everyone may call. */
  public GrpcServer(
      Listener listener,
      CallLimits limits,
      ConnectionLimits connections,
      boolean channelz,
      OpenStreams streams,
      List<BindableService> services) {
    this(
        List.of(listener),
        limits,
        connections,
        channelz,
        Callers.LOCAL,
        streams,
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        services);
  }

  /**
   * @param listeners which bounds hold for together
   * @param streams those that the services open
   * @param audit where calls are written down
   * @param counted whether calls are counted, see {@link #rpcs}, and {@link #loopDelays}
   * @param tracing of whoever traces calls
   * @param fleet of the brokers that share the accounts, if there are others
   */
  public GrpcServer(
      List<Listener> listeners,
      CallLimits limits,
      ConnectionLimits connections,
      boolean channelz,
      Callers callers,
      OpenStreams streams,
      Optional<AuditLog> audit,
      boolean counted,
      Optional<Tracing> tracing,
      Optional<FleetPorts> fleet,
      List<BindableService> services) {
    this.limits = limits;
    this.connections = connections;
    this.channelz = channelz;
    this.callers = callers;
    this.streams = streams;
    this.audit = audit;
    loopDelays =
        counted
            ? Optional.of(new LoopDelays(eventLoops.alarms(), System::nanoTime))
            : Optional.empty();
    rpcs = counted ? Optional.of(new RpcCounts(services, System::nanoTime)) : Optional.empty();
    traced = tracing.map(there -> new TracedCalls(there, services));
    gate =
        new ConnectionGate(
            connections.most(), connections.mostPerAddress(), unixArrivals, System::nanoTime);
    inbound = new InboundBudget(limits.requestBytes(), eventLoops::inASecond, gate::close);
    unsent = new UnsentAnswers(limits.unsentBytes(), System::nanoTime);
    bounds =
        new CallerBounds(
            callers.access(), inbound::callsLeft, System::nanoTime, eventLoops::afterNanos);
    peers = fleet.map(all -> new PeerCalls(all.peers()));
    forwarding = fleet.map(all -> new Forwarding(all, eventLoops::currentLoop, System::nanoTime));
    listeners.forEach(listener -> servers.add(bound(listener, services)));
  }

  private BoundServer bound(Listener listener, List<BindableService> services) {
    Optional<UnixSocketFile> socket = listener.socket();
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                socket.<SocketAddress>map(UnixSocketFile::bindTo).orElse(listener.address()))
            .directExecutor()
            .bossEventLoopGroup(eventLoops.accepting)
            .workerEventLoopGroup(eventLoops.serving)
            .channelFactory(
                () ->
                    guarded(
                        socket.isPresent()
                            ? EventLoops.unixListener(listener.address().toString())
                            : eventLoops.listener()))
            .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, ONE_READ)
            .maxConcurrentCallsPerConnection(
                peers.isPresent()
                    ? Math.max(limits.callsPerConnection(), PeerLinks.MOST_CALLS)
                    : limits.callsPerConnection())
            .maxInboundMessageSize(limits.messageBytes())
            .permitKeepAliveTime(limits.keepaliveMinTime().toNanos(), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(true)
            // finds out about callers that vanished without closing their connection
            .keepAliveTime(limits.keepaliveTime().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(limits.keepaliveTimeout().toNanos(), TimeUnit.NANOSECONDS);
    listener.tls().ifPresent(builder::sslContext);
    connections.applyTo(builder);
    // before those that ask who it is
    socket.ifPresent(
        file ->
            builder
                .addTransportFilter(unixArrivals)
                // which gRPC sets, and netty warns of with every connection
                .withChildOption(ChannelOption.SO_KEEPALIVE, null));
    CallPath path = new CallPath(builder);
    forwarding.ifPresent(path::intercept);
    traced.ifPresent(
        path::intercept); // once it is known who calls, and what is asked of an account
    Admission admission = new Admission(callers, bounds, waits, gate);
    admission.guard(path); // what is added last is asked first
    inbound.watch(path);
    rpcs.ifPresent(path::addStreamTracerFactory);
    traced.ifPresent(path::addStreamTracerFactory);
    // around what refuses calls, within what a message may find no room in
    path.addTransportFilter(AuditedCalls.origins());
    audit.ifPresent(written -> path.intercept(new AuditedCalls(written, eventLoops::current)));
    // each costs as much as a call, and does not count as an open one
    builder.maxRstFramesPerWindow(limits.resets(), RESETS_SECONDS);
    // what counts them hears at once when there is room
    path.intercept(new StreamsInTurn(eventLoops::current));
    unsent.bound(path);
    path.intercept(new AfterRead(eventLoops::current));
    peers.ifPresent(path::intercept);
    return served(path, listener, socket, admission, services);
  }

  private BoundServer served(
      CallPath path,
      Listener listener,
      Optional<UnixSocketFile> socket,
      Admission admission,
      List<BindableService> services) {
    HealthStatusManager health = new HealthStatusManager();
    AddressMethods methods = new AddressMethods(listener.plane(), admission);
    for (BindableService service : services) {
      ServerServiceDefinition definition = MalformedRequests.refusedBy(service.bindService());
      String name = definition.getServiceDescriptor().getName();
      if (listener.plane().hasService(name)) {
        path.addService(definition);
        health.setStatus(name, ServingStatus.SERVING);
      } else {
        methods.add(definition);
      }
    }
    List<BindableService> standard = new ArrayList<>();
    standard.add(health.getHealthService());
    standard.add(Reflection.v1());
    standard.add(Reflection.v1Alpha());
    if (channelz) {
      standard.add(ChannelzService.newInstance(CHANNELZ_PAGE));
    }
    for (BindableService service : standard) {
      ServerServiceDefinition definition =
          ServerInterceptors.intercept(
              MalformedRequests.refusedBy(service.bindService()), standardCalls);
      if (listener.plane().hasStandard(definition.getServiceDescriptor().getName())) {
        path.addService(definition);
      } else {
        methods.add(definition);
      }
    }
    TranscodedCalls transcoded =
        new TranscodedCalls(path, methods, admission, audit, eventLoops::current);
    Optional<PeerStreams> peerStreams =
        peers.map(known -> new PeerStreams(transcoded, known, eventLoops::current));
    peerStreams.ifPresent(streams -> methods.addForPeers(streams.definition()));
    Server server = path.fallbackHandlerRegistry(methods).build();
    server.getImmutableServices().stream()
        .flatMap(service -> service.getMethods().stream())
        .forEach(method -> admission.expect(method.getMethodDescriptor()));
    return new BoundServer(listener.address(), socket, health, server, transcoded, peerStreams);
  }

  /** Ends calls that wait for a token and whose callers are known no more, or may no more. */
  public void recheckWaits() {
    waits.recheck();
    forwarding.ifPresent(Forwarding::recheck);
  }

  private ServerChannel guarded(ServerChannel listener) {
    listener.pipeline().addLast(gate);
    return listener;
  }

  /** The services of the first address, for calls that come through {@link #open}'s port. */
  public TranscodedCalls transcodedCalls() {
    return servers.get(0).transcodedCalls();
  }

  /**
   * Listens on one more port, whose connections have this server's threads and count with its own.
   * Stops with it. To be called once, after {@link #start}.
   *
   * @throws IOException if it can't
   */
  public void open(AuxiliaryPort port) throws IOException {
    ServerBootstrap listener =
        new ServerBootstrap()
            .group(eventLoops.accepting, eventLoops.serving)
            .channelFactory(() -> guarded(eventLoops.listener()))
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, ONE_READ);
    port.listen(listener);
    auxiliary = port;
  }

  /**
   * @throws ListenException if it can't listen; it has let go of everything then
   */
  public void start() throws ListenException {
    try {
      for (BoundServer server : servers) {
        if (server.socket().isPresent() && !EventLoops.hasUnixSockets()) {
          throw new ListenException(
              server.address(),
              "Unix sockets need Linux on x86-64 or aarch64, and the native library of netty",
              new IOException());
        }
        server.start();
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Lets go of everything, of a server that has not started and will not. */
  public void close() {
    servers.forEach(BoundServer::close);
    eventLoops.close();
  }

  /** The port that it listens on, also if any free one was asked for. */
  public int port() {
    return ports().get(0);
  }

  /** Those of its listeners, in their order; -1 for a Unix socket. */
  public List<Integer> ports() {
    return servers.stream().map(bound -> bound.server().getPort()).toList();
  }

  /** Heeds other bounds from now on, but for those of a connection that is open. */
  public void bound(CallLimits newer) {
    inbound.bound(newer.requestBytes());
    unsent.bound(newer.unsentBytes());
  }

  /** The same of connections; those that are open stay. */
  public void bound(ConnectionLimits newer) {
    gate.bound(newer.most(), newer.mostPerAddress());
  }

  /** Parts of the call that a thread works on, of which whoever traces calls is told. */
  public static Spans spans(Optional<Tracing> tracing) {
    return tracing.isPresent() ? TracedCalls.spans() : Spans.NONE;
  }

  /** What calls have been counted. */
  public List<RpcCounts.Reading> rpcs() {
    return rpcs.map(RpcCounts::read).orElse(List.of());
  }

  /** How late the event loops come to what they have to do. */
  public Optional<LoopDelays.Reading> loopDelays() {
    return loopDelays.map(LoopDelays::read);
  }

  /** What has been handed on to other brokers; empty without a fleet. */
  public Optional<ForwardCounts> forwards() {
    return forwarding.map(
        all ->
            new ForwardCounts(
                all.forwarded.sum(),
                all.lookedAgain.sum(),
                all.split.sum(),
                peers.map(PeerCalls::forged).orElse(0L),
                all.unreached.failures()));
  }

  /** How many connections are open, of all ports. */
  public int connections() {
    return gate.open().size();
  }

  /** What all open calls take with their requests, about, in bytes. */
  public long requestBytes() {
    return inbound.held();
  }

  /**
   * Stops without hurting callers: health turns to NOT_SERVING; after a delay, for load balancers
   * to see it, streams end with UNAVAILABLE, connections are told to go, and calls in flight may
   * finish; those whose callers take nothing for a second or two are cut off. Blocks until then.
   *
   * @param begin fails the calls that wait for what may not come within the grace
   * @param abandon fails the calls that still wait when the grace is over, so that they hear why
   * @return whether all calls ended within the grace
   */
  public boolean drain(Duration delay, Duration grace, Runnable begin, Runnable abandon)
      throws InterruptedException {
    servers.forEach(bound -> bound.health().enterTerminalState());
    if (auxiliary != null) {
      auxiliary.stopping();
    }
    TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    servers.forEach(BoundServer::shutdown);
    if (auxiliary != null) {
      auxiliary.shutdown();
    }
    forwarding.ifPresent(Forwarding::close);
    streams.close();
    begin.run();
    standardCalls.close();
    boolean drained = awaitReaders(grace);
    if (!drained) {
      abandon.run();
      boolean unused = await(SECOND_NANOS);
      servers.forEach(BoundServer::close);
      unused = await(SECOND_NANOS);
    }
    forwarding.ifPresent(Forwarding::disconnect);
    eventLoops.close();
    return drained;
  }

  /** Whether all calls have ended by then. */
  private boolean await(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    boolean ended = true;
    for (BoundServer server : servers) {
      ended &= server.await(end);
    }
    return ended;
  }

  private boolean awaitReaders(Duration grace) throws InterruptedException {
    UnreadAnswers unread = new UnreadAnswers();
    long end = System.nanoTime() + grace.toNanos();
    boolean drained = false;
    long left = grace.toNanos();
    while (!drained && left > 0) {
      unread.sweep(gate.open());
      drained = await(Math.min(left, SWEEP.toNanos()));
      left = end - System.nanoTime();
      if (drained && auxiliary != null) {
        drained = auxiliary.awaitEnd(Math.max(0, Math.min(left, SWEEP.toNanos())));
        left = end - System.nanoTime();
      }
    }
    if (unread.cut() > 0) {
      log.atWarn().addKeyValue("calls", unread.cut()).log("calls that were not read were cut off");
    }
    return drained;
  }

  /**
   * @param address of a network, or of a Unix socket
   * @param tls what is spoken; plain text without it
   * @param mode of a Unix socket
   */
  public record Listener(
      SocketAddress address, Optional<SslContext> tls, Plane plane, Set<PosixFilePermission> mode) {
    public Listener {
      mode = Set.copyOf(mode);
    }

    public static Listener plainText(InetSocketAddress address) {
      return new Listener(address, Optional.empty(), Plane.ALL, Set.of());
    }

    private Optional<UnixSocketFile> socket() {
      return address instanceof UnixDomainSocketAddress unix
          ? Optional.of(new UnixSocketFile(unix.getPath(), mode))
          : Optional.empty();
    }
  }
}
