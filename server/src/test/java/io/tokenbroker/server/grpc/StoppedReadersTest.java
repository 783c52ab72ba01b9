package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over sockets, with a channel as it comes: its windows take in whatever is sent. */
final class StoppedReadersTest {
  private final TestBroker broker = new TestBroker();
  private final GrpcServer server = TestServer.of(broker, TestCallLimits.WIDE);
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3");
    server.start();
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .directExecutor()
            .build();
  }

  @AfterEach
  void close() throws Exception {
    channel.shutdownNow();
    server.drain(Duration.ZERO, Duration.ofSeconds(20), () -> {}, () -> {});
    broker.close();
  }

  @Test
  void costNoMoreThanTheyAskedFor() {
    // of an account that is loaded, the stream has what it asked for before any of it is sent
    assertThat(next()).isEqualTo(1);
    Counter reader = new Counter(1);
    TokenBrokerGrpc.newStub(channel)
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount("acme")
                .setBatchSize(10)
                .setStreamId("reader")
                .setDemand(70)
                .build(),
            reader);
    Eventually.until("a batch was read", () -> reader.turns.get() == 10);
    assertThat(next()).isEqualTo(72);
    var unused =
        TokenBrokerGrpc.newBlockingStub(channel)
            .requestTurns(
                RequestTurnsRequest.newBuilder()
                    .setAccount("acme")
                    .setStreamId("reader")
                    .setCount(30)
                    .build());
    // the same connection: when this is answered, the stream has had its turns
    assertThat(next()).isEqualTo(103);
    reader.read(Integer.MAX_VALUE);
    Eventually.until("all were read", () -> reader.turns.get() == 100);
    assertThat(next()).isEqualTo(104);
  }

  private long next() {
    return TokenBrokerGrpc.newBlockingStub(channel)
        .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build())
        .getTurn()
        .getNumber();
  }

  private static final class Counter
      implements ClientResponseObserver<StreamTokensRequest, StreamTokensResponse> {
    final AtomicLong turns = new AtomicLong();
    private final int first;
    private @Nullable ClientCallStreamObserver<StreamTokensRequest> call;

    /**
     * @param first how many messages it reads before it stops
     */
    Counter(int first) {
      this.first = first;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<StreamTokensRequest> started) {
      started.disableAutoRequestWithInitial(first);
      call = started;
    }

    void read(int messages) {
      if (call != null) {
        call.request(messages);
      }
    }

    @Override
    public void onNext(StreamTokensResponse batch) {
      turns.addAndGet(batch.getTurnsCount());
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
