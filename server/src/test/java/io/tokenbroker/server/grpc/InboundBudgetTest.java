package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that never end, over real sockets, beside a caller who must not notice. */
final class InboundBudgetTest {
  private static final long MAX_BYTES = 4 << 20;
  private static final int SIZE = 3_900_000;
  private static final String METHOD = TokenBrokerGrpc.getNextTokenMethod().getFullMethodName();

  private final TestBroker broker = new TestBroker();
  private final List<RawUpload> uploads = new ArrayList<>();
  private final GrpcServer server =
      TestServer.of(broker, new TestCallLimits().requestBytes(MAX_BYTES).build());
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    server.start();
    channel = connect();
    broker.store.put("acme", "s1", "s2");
  }

  private ManagedChannel connect() {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
        .usePlaintext()
        .directExecutor()
        .build();
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    channel.shutdownNow();
    for (RawUpload upload : uploads) {
      upload.close();
    }
    server.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    broker.close();
  }

  private RawUpload upload() throws IOException {
    RawUpload upload = new RawUpload(server.port());
    uploads.add(upload);
    return upload;
  }

  private void next() {
    var unused =
        TokenBrokerGrpc.newBlockingStub(channel)
            .withDeadlineAfter(Duration.ofMinutes(1))
            .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
  }

  @Test
  void whatAllAreSendingIsBoundedAndOthersDoNotNotice() throws IOException {
    for (int i = 0; i < 30; i++) {
      upload().begin(1, METHOD, SIZE, 900_000);
      next();
      assertThat(server.requestBytes()).isLessThan(MAX_BYTES + (1 << 20));
    }
    // the last to come hears why
    assertThat(uploads.get(29).hears("hold too much of requests")).isTrue();
    next();
    for (RawUpload upload : uploads) {
      upload.close();
    }
    Eventually.until("all is given back", () -> server.requestBytes() == 0);
  }

  @Test
  void aConnectionMayFillHalfOfIt() throws IOException {
    RawUpload one = upload();
    for (int stream = 1; stream < 8; stream += 2) {
      one.begin(stream, METHOD, SIZE, 250_000);
    }
    RawUpload other = upload();
    other.begin(1, METHOD, SIZE, 900_000);
    Eventually.until(
        "both are there",
        () -> server.requestBytes() > 1_900_000 && server.requestBytes() < 2_600_000);
    next();
  }

  @Test
  void openCallsCountEvenIfTheyHaveSentNothing() throws InterruptedException {
    // more than there is room for
    int calls = (int) (2 * MAX_BYTES / InboundBudget.CALL_BYTES);
    ManagedChannel many = connect();
    Reader<WatchAccountRequest, WatchAccountResponse> last = new Reader<>();
    try {
      for (int i = 0; i < calls; i++) {
        watch(many, i == calls - 1 ? last : new Reader<>());
      }
      Failure failure = Failure.of(last.skipToEnd().orElseThrow());
      assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
      assertThat(failure.reason()).isEqualTo("BROKER_BUSY");
      assertThat(failure.metadata()).containsEntry("limit", "limits.max_request_bytes");
      assertThat(failure.retrySeconds()).isPositive();
      next();
    } finally {
      many.shutdownNow();
    }
    Eventually.until("all is given back", () -> server.requestBytes() == 0);
  }

  private static void watch(ManagedChannel channel, StreamObserver<WatchAccountResponse> reader) {
    io.grpc.stub.ClientCalls.asyncServerStreamingCall(
        channel.newCall(TokenBrokerGrpc.getWatchAccountMethod(), CallOptions.DEFAULT),
        WatchAccountRequest.newBuilder().setAccount("acme").build(),
        reader);
  }

  @Test
  void aRequestOfAllThatIsAllowedIsRead() {
    ManagedChannel alone = connect();
    try {
      String account = "x".repeat(400_000);
      Failure failure =
          Failure.of(
              () ->
                  TokenBrokerGrpc.newBlockingStub(alone)
                      .nextToken(NextTokenRequest.newBuilder().setAccount(account).build()));
      assertThat(failure.reason()).isEqualTo("INVALID_FIELD");
    } finally {
      alone.shutdownNow();
    }
  }
}
