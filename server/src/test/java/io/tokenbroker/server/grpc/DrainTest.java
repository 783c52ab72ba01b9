package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.BindableService;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stop, over real sockets. */
final class DrainTest {
  private static final Duration GRACE = Duration.ofSeconds(20);

  /** In bytes, of the reader's connection. */
  private static final int WINDOW = 65_535;

  /** In bytes, of each message: whether it is compressed, and its length. */
  private static final int PREFIX = 5;

  /**
   * In bytes: with what the transport holds until it is not ready, of which a part of a message may
   * have gone out.
   */
  private static final int FULL = WINDOW + UnsentAnswers.MOST_AHEAD - 2 * 1024;

  private final Sent sent = new Sent();
  private final TestBroker broker = new TestBroker();
  private final GrpcServer server =
      new GrpcServer(
          GrpcServer.Listener.plainText(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
          new TestCallLimits().keepaliveMinTime(Duration.ofSeconds(9)).build(),
          Defaults.CONNECTIONS,
          false,
          broker.streams,
          List.<BindableService>of(() -> ServerInterceptors.intercept(broker.service(), sent)));

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void aReaderThatDoesNotReadDoesNotHoldItUp() throws Exception {
    broker.store.put("acme", "s1");
    server.start();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .flowControlWindow(WINDOW)
            .build();
    try {
      Reader<StreamTokensRequest, StreamTokensResponse> stuck = new Reader<>();
      TokenBrokerGrpc.newStub(channel)
          .streamTokens(StreamTokensRequest.newBuilder().setAccount("acme").build(), stuck);
      stuck.next();
      Reader<HealthCheckRequest, HealthCheckResponse> health = new Reader<>();
      HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), health);
      health.next();
      Eventually.until("its way is full", () -> sent.bytes.get() >= FULL);

      // within the grace, not at its end
      assertThat(server.drain(Duration.ZERO, GRACE, () -> {}, () -> {})).isTrue();

      assertThat(broker.streams.size()).isZero();
      assertThat(stuck.skipToEnd())
          .hasValueSatisfying(
              e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.CANCELLED));
      // the others hear why
      assertThat(health.skipToEnd())
          .hasValueSatisfying(
              e ->
                  assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    } finally {
      channel.shutdownNow();
    }
  }

  /** Counts the bytes of a stream's answers. */
  private static final class Sent implements ServerInterceptor {
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return next.startCall(
          new SimpleForwardingServerCall<Q, A>(call) {
            @Override
            public void sendMessage(A message) {
              if (message instanceof StreamTokensResponse batch) {
                bytes.addAndGet(PREFIX + batch.getSerializedSize());
              }
              super.sendMessage(message);
            }
          },
          headers);
    }
  }
}
