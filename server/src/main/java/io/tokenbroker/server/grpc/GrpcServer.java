package io.tokenbroker.server.grpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening server: our services, health v1, reflection v1 and v1alpha, and channelz if asked
 * for. Handlers run on the event loops themselves (a direct executor), so none of them may block.
 */
public final class GrpcServer {
  private static final Logger log = LoggerFactory.getLogger(GrpcServer.class);

  private static final int CHANNELZ_PAGE = 100;
  private static final int RESETS_SECONDS = 10;
  private static final int BACKLOG = 1024;

  /** A reader who takes nothing for so long during a stop is not waited for. */
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /**
   * One read of a connection, of at most 8 KiB, before it is the turn of the event loop's others:
   * of netty's 16 reads of 64 KiB a caller can make 10,000 calls, of this one about 50.
   */
  private static final RecvByteBufAllocator ONE_READ =
      new AdaptiveRecvByteBufAllocator(2048, 4096, 8 * 1024).maxMessagesPerRead(1);

  private final HealthStatusManager health = new HealthStatusManager();
  private final StandardCalls standardCalls = new StandardCalls();
  private final EventLoops eventLoops = new EventLoops();
  private final ConnectionGate gate;
  private final OpenStreams streams;
  private final InboundBudget inbound;
  private final OtherCalls otherCalls;
  private final Optional<RpcCounts> rpcs;
  private final Server server;
  private @Nullable OtherPort other;

  /** A server that everyone may call. */
  public GrpcServer(
      Listener listener,
      CallLimits limits,
      ConnectionLimits connections,
      boolean channelz,
      OpenStreams streams,
      List<BindableService> services) {
    this(
        listener,
        limits,
        connections,
        channelz,
        Callers.LOCAL,
        streams,
        Optional.empty(),
        services);
  }

  /** A server that counts no calls. */
  public GrpcServer(
      Listener listener,
      CallLimits limits,
      ConnectionLimits connections,
      boolean channelz,
      Callers callers,
      OpenStreams streams,
      Optional<AuditLog> audit,
      List<BindableService> services) {
    this(listener, limits, connections, channelz, callers, streams, audit, false, services);
  }

  /**
   * @param streams those that the services open
   * @param audit where calls are written down
   * @param counted whether calls are counted, see {@link #rpcs}
   */
  public GrpcServer(
      Listener listener,
      CallLimits limits,
      ConnectionLimits connections,
      boolean channelz,
      Callers callers,
      OpenStreams streams,
      Optional<AuditLog> audit,
      boolean counted,
      List<BindableService> services) {
    this.streams = streams;
    gate = new ConnectionGate(connections.most(), connections.mostPerAddress(), System::nanoTime);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(listener.address())
            .directExecutor()
            .bossEventLoopGroup(eventLoops.accepting)
            .workerEventLoopGroup(eventLoops.serving)
            .channelFactory(this::guarded)
            .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, ONE_READ)
            .maxConcurrentCallsPerConnection(limits.callsPerConnection())
            .maxInboundMessageSize(limits.messageBytes())
            .permitKeepAliveTime(limits.keepaliveMinTime().toNanos(), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(true)
            // finds out about callers that vanished without closing their connection
            .keepAliveTime(limits.keepaliveTime().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(limits.keepaliveTimeout().toNanos(), TimeUnit.NANOSECONDS);
    listener.tls().ifPresent(builder::sslContext);
    connections.applyTo(builder);
    CallPath path = new CallPath(builder);
    Admission admission = new Admission(callers);
    admission.guard(path); // what is added last is asked first
    inbound =
        new InboundBudget(limits.requestBytes(), eventLoops::inASecond, peer -> gate.close(peer));
    inbound.watch(path);
    rpcs = counted ? Optional.of(new RpcCounts(services, System::nanoTime)) : Optional.empty();
    rpcs.ifPresent(path::addStreamTracerFactory);
    // around what refuses calls, within what a message may find no room in
    audit.ifPresent(
        written ->
            path.addTransportFilter(AuditedCalls.origins())
                .intercept(new AuditedCalls(written, eventLoops::current)));
    // each costs as much as a call, and does not count as an open one
    builder.maxRstFramesPerWindow(limits.resets(), RESETS_SECONDS);
    UnsentAnswers.bound(path, limits.unsentBytes());
    path.intercept(new AfterRead(eventLoops::current));
    for (BindableService service : services) {
      path.addService(MalformedRequests.refusedBy(service.bindService()));
      health.setStatus(
          service.bindService().getServiceDescriptor().getName(), ServingStatus.SERVING);
    }
    addStandard(path, health.getHealthService());
    addStandard(path, Reflection.v1());
    addStandard(path, Reflection.v1Alpha());
    if (channelz) {
      addStandard(path, ChannelzService.newInstance(CHANNELZ_PAGE));
    }
    this.otherCalls = new OtherCalls(path, admission, eventLoops::current);
    this.server = builder.build();
    server.getImmutableServices().stream()
        .flatMap(service -> service.getMethods().stream())
        .forEach(method -> admission.expect(method.getMethodDescriptor()));
  }

  private ServerChannel guarded() {
    ServerChannel listener = eventLoops.listener();
    listener.pipeline().addLast(gate);
    return listener;
  }

  /** The services, for calls that come through {@link #open}'s port. */
  public OtherCalls otherCalls() {
    return otherCalls;
  }

  /**
   * Listens on one more port, whose connections have this server's threads and count with its own.
   * Stops with it. To be called once, after {@link #start}.
   *
   * @throws IOException if it can't
   */
  public void open(OtherPort port) throws IOException {
    ServerBootstrap listener =
        new ServerBootstrap()
            .group(eventLoops.accepting, eventLoops.serving)
            .channelFactory(this::guarded)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, ONE_READ);
    port.listen(listener);
    other = port;
  }

  private void addStandard(CallPath path, BindableService service) {
    path.addService(
        ServerInterceptors.intercept(
            MalformedRequests.refusedBy(service.bindService()), standardCalls));
  }

  /**
   * @throws IOException if it can't listen; it has let go of everything then
   */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Lets go of everything, of a server that has not started and will not. */
  public void close() {
    eventLoops.close();
  }

  /** The port that it listens on, also if any free one was asked for. */
  public int port() {
    return server.getPort();
  }

  /** What calls have been counted. */
  public List<RpcCounts.Reading> rpcs() {
    return rpcs.map(RpcCounts::read).orElse(List.of());
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
    health.enterTerminalState();
    if (other != null) {
      other.stopping();
    }
    TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    server.shutdown();
    if (other != null) {
      other.shutdown();
    }
    streams.close();
    begin.run();
    standardCalls.close();
    boolean drained = awaitReaders(grace);
    if (!drained) {
      abandon.run();
      server.awaitTermination(1, TimeUnit.SECONDS);
      server.shutdownNow();
      server.awaitTermination(1, TimeUnit.SECONDS);
    }
    eventLoops.close();
    return drained;
  }

  private boolean awaitReaders(Duration grace) throws InterruptedException {
    UnreadAnswers unread = new UnreadAnswers();
    long end = System.nanoTime() + grace.toNanos();
    boolean drained = false;
    long left = grace.toNanos();
    while (!drained && left > 0) {
      unread.sweep(gate.open());
      drained = server.awaitTermination(Math.min(left, SWEEP.toNanos()), TimeUnit.NANOSECONDS);
      left = end - System.nanoTime();
      if (drained && other != null) {
        drained = other.awaitEnd(Math.max(0, Math.min(left, SWEEP.toNanos())));
        left = end - System.nanoTime();
      }
    }
    if (unread.cut() > 0) {
      log.atWarn().addKeyValue("calls", unread.cut()).log("calls that were not read were cut off");
    }
    return drained;
  }

  /**
   * @param tls what is spoken; plain text without it
   */
  public record Listener(InetSocketAddress address, Optional<SslContext> tls) {
    public static Listener plainText(InetSocketAddress address) {
      return new Listener(address, Optional.empty());
    }
  }
}
