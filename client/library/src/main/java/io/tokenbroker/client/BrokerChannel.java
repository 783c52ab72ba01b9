package io.tokenbroker.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Opens the channel to one or more brokers. It connects with the first call. */
final class BrokerChannel {
  /**
   * In bytes. What a broker may send ahead of a stream's reader on top of {@link TurnBuffer}: the 1
   * MiB that is usual would be thousands of turns that go stale.
   */
  private static final int FLOW_CONTROL_WINDOW = 64 * 1024;

  private BrokerChannel() {}

  /**
   * @param tls plain text if empty, and through a Unix socket, which does not leave the machine
   * @throws IllegalArgumentException if an endpoint is not {@code host:port}, or {@code unix:/path}
   *     alone, or there is none
   */
  // The other way to a resolver is a registry that the whole process shares.
  @SuppressWarnings("deprecation")
  static ManagedChannel open(List<String> endpoints, Optional<ClientTls> tls) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("at least one endpoint is needed");
    }
    Optional<NettyChannelBuilder> socket = UnixEndpoint.find(endpoints).map(UnixEndpoint::channel);
    if (socket.isPresent()) {
      return withOptions(socket.get()).build();
    }
    List<Endpoint> parsed = endpoints.stream().map(Endpoint::parse).distinct().toList();
    NettyChannelBuilder builder =
        withOptions(
            NettyChannelBuilder.forTarget(EndpointResolverProvider.SCHEME + ":///brokers")
                .nameResolverFactory(new EndpointResolverProvider(parsed)));
    if (tls.isPresent()) {
      builder.sslContext(tls.get().sslContext());
    } else {
      builder.usePlaintext();
    }
    return builder.build();
  }

  private static NettyChannelBuilder withOptions(NettyChannelBuilder builder) {
    return builder
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .keepAliveWithoutCalls(false)
        .enableRetry()
        .defaultServiceConfig(ServiceConfig.get());
  }
}
