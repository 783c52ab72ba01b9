package io.tokenbroker.server.rpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The listening server: our services, health v1, reflection v1 and v1alpha, and channelz if asked
 * for. Handlers run on the event loops themselves (a direct executor), so none of them may block.
 * Netty takes epoll where there is one.
 */
public final class GrpcServer {
  private static final int CHANNELZ_PAGE = 100;
  private static final int RESETS_SECONDS = 10;

  private final HealthStatusManager health = new HealthStatusManager();
  private final StandardCalls standardCalls = new StandardCalls();
  private final OpenStreams streams;
  private final Server server;

  /**
   * @param streams those that the services open
   */
  public GrpcServer(
      InetSocketAddress address,
      Limits limits,
      boolean channelz,
      OpenStreams streams,
      List<BindableService> services) {
    this.streams = streams;
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .directExecutor()
            .maxConcurrentCallsPerConnection(limits.callsPerConnection())
            .maxInboundMessageSize(limits.messageBytes())
            .permitKeepAliveTime(limits.keepaliveMinTime().toNanos(), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(true)
            // finds out about callers that vanished without closing their connection
            .keepAliveTime(limits.keepaliveTime().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(limits.keepaliveTimeout().toNanos(), TimeUnit.NANOSECONDS);
    // each costs as much as a call, and does not count as an open one
    builder.maxRstFramesPerWindow(limits.resets(), RESETS_SECONDS);
    UnsentAnswers.bound(builder, limits.unsentBytes());
    for (BindableService service : services) {
      builder.addService(MalformedRequests.refusedBy(service.bindService()));
      health.setStatus(
          service.bindService().getServiceDescriptor().getName(), ServingStatus.SERVING);
    }
    addStandard(builder, health.getHealthService());
    addStandard(builder, ProtoReflectionServiceV1.newInstance());
    addStandard(builder, reflectionV1Alpha());
    if (channelz) {
      addStandard(builder, ChannelzService.newInstance(CHANNELZ_PAGE));
    }
    this.server = builder.build();
  }

  /** For tools older than 2023, of which there are many. */
  @SuppressWarnings("deprecation")
  private static BindableService reflectionV1Alpha() {
    return ProtoReflectionService.newInstance();
  }

  private void addStandard(NettyServerBuilder builder, BindableService service) {
    builder.addService(
        ServerInterceptors.intercept(
            MalformedRequests.refusedBy(service.bindService()), standardCalls));
  }

  public void start() throws IOException {
    server.start();
  }

  /** The port that it listens on, also if any free one was asked for. */
  public int port() {
    return server.getPort();
  }

  /**
   * Stops without hurting callers: health turns to NOT_SERVING; after a delay, for load balancers
   * to see it, streams end with UNAVAILABLE, connections are told to go, and calls in flight may
   * finish. Blocks until then.
   *
   * @param begin fails the calls that wait for what may not come within the grace
   * @param abandon fails the calls that still wait when the grace is over, so that they hear why
   * @return whether all calls ended within the grace
   */
  public boolean drain(Duration delay, Duration grace, Runnable begin, Runnable abandon)
      throws InterruptedException {
    health.enterTerminalState();
    TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    server.shutdown();
    streams.close();
    begin.run();
    standardCalls.close();
    boolean drained = server.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS);
    if (!drained) {
      abandon.run();
      server.awaitTermination(1, TimeUnit.SECONDS);
      server.shutdownNow();
      server.awaitTermination(1, TimeUnit.SECONDS);
    }
    return drained;
  }

  /**
   * @param callsPerConnection calls and streams that may be open at once
   * @param resets calls that a connection may reset within 10 s
   * @param unsentBytes what may wait of answers for callers who don't read them
   * @param messageBytes the largest request
   * @param keepaliveMinTime how often clients may ping
   * @param keepaliveTime of silence on a connection before the server pings
   * @param keepaliveTimeout until a client that does not answer is taken for gone
   */
  public record Limits(
      int callsPerConnection,
      int resets,
      int unsentBytes,
      int messageBytes,
      Duration keepaliveMinTime,
      Duration keepaliveTime,
      Duration keepaliveTimeout) {}
}
