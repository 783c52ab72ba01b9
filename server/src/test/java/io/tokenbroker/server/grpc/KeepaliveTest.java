package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.MuteProxy;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A connection that dies without a word. */
final class KeepaliveTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void aStreamOverADeadNetworkEndsAndItsLeasesAreReleased() throws Exception {
    try (TestBroker broker = new TestBroker()) {
      broker.store.put("acme", "s1");
      GrpcServer server =
          TestServer.of(
              broker,
              new TestCallLimits()
                  .keepaliveMinTime(SECOND)
                  .keepaliveTime(SECOND)
                  .keepaliveTimeout(SECOND)
                  .build());
      server.start();
      ManagedChannel channel = null;
      try (MuteProxy network = new MuteProxy(server.port())) {
        channel =
            NettyChannelBuilder.forAddress("127.0.0.1", network.port()).usePlaintext().build();
        Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
        TokenBrokerGrpc.newStub(channel)
            .streamLeases(
                StreamLeasesRequest.newBuilder().setAccount("acme").setHolder("worker").build(),
                reader);
        assertThat(reader.next().hasGranted()).isTrue();
        long silent = System.nanoTime();
        network.fallSilent();

        Eventually.until("the stream has ended", () -> broker.streams.size() == 0);

        // not by a FIN, but after the silence
        assertThat(Duration.ofNanos(System.nanoTime() - silent))
            .isGreaterThan(Duration.ofMillis(500));
        assertThat(broker.leaseStore.live()).hasSize(1);
        broker.pass(Duration.ofSeconds(5));
        Eventually.until("released", () -> broker.leaseStore.live().isEmpty());
      } finally {
        if (channel != null) {
          channel.shutdownNow();
        }
        assertThat(server.drain(Duration.ZERO, Duration.ofSeconds(5), () -> {}, () -> {})).isTrue();
      }
    }
  }
}
