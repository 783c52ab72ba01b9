package io.tokenbroker.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Opens the plain-text channel to one or more brokers. It connects with the first call. */
final class BrokerChannel {
  /**
   * In bytes. What a broker may send ahead of a stream's reader on top of {@link TurnBuffer}: the 1
   * MiB that is usual would be thousands of turns that go stale.
   */
  private static final int FLOW_CONTROL_WINDOW = 64 * 1024;

  private BrokerChannel() {}

  /**
   * @throws IllegalArgumentException if an endpoint is not {@code host:port} or there is none
   */
  // The other way to a resolver is a registry that the whole process shares.
  @SuppressWarnings("deprecation")
  static ManagedChannel open(List<String> endpoints) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("at least one endpoint is needed");
    }
    List<Endpoint> parsed = endpoints.stream().map(Endpoint::parse).distinct().toList();
    return NettyChannelBuilder.forTarget(EndpointResolverProvider.SCHEME + ":///brokers")
        .nameResolverFactory(new EndpointResolverProvider(parsed))
        .usePlaintext()
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .keepAliveWithoutCalls(false)
        .enableRetry()
        .defaultServiceConfig(ServiceConfig.get())
        .build();
  }
}
