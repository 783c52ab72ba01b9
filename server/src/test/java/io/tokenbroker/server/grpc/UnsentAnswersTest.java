package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.NextTokensResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Callers who ask for answers of 1 MiB and do not read them. */
class UnsentAnswersTest {
  private static final int CALLS = 20;
  private static final long TURNS_OF_ONE_MIB = 18;
  private static final NextTokensRequest MUCH =
      NextTokensRequest.newBuilder().setAccount("acme").setCount(1_000).build();

  private final TestBroker broker = new TestBroker();
  private final GrpcServer server =
      TestServer.of(broker, new TestCallLimits().unsentBytes(8 * 1024 * 1024).build());
  private ManagedChannel unread;
  private ManagedChannel good;

  @BeforeEach
  void start() throws IOException {
    server.start();
    unread = connect(64 * 1024);
    good = connect(64 * 1024);
    broker.store.put("acme", "made-up-" + "x".repeat(60_000));
  }

  private ManagedChannel connect(int window) {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
        .usePlaintext()
        .flowControlWindow(window)
        .build();
  }

  @AfterEach
  void close() throws InterruptedException {
    unread.shutdownNow();
    good.shutdownNow();
    server.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    broker.close();
  }

  @Test
  void whatWaitsOfAConnectionIsBounded() {
    NextTokenRequest one = NextTokenRequest.newBuilder().setAccount("acme").build();
    assertThat(number(one)).isEqualTo(1);
    List<UnreadCall> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(new UnreadCall(unread, MUCH));
    }
    // half of the 8 MiB, for there is nobody else
    Eventually.until("the others are refused", () -> refused(calls) == CALLS - 3);
    Failure failure =
        Failure.of(calls.stream().flatMap(call -> call.end().stream()).findFirst().orElseThrow());
    assertThat(failure.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("BROKER_BUSY");

    // those who were refused have had no turns
    assertThat(number(one)).isEqualTo(1 + 3 * TURNS_OF_ONE_MIB + 1);
    assertThat(TokenBrokerGrpc.newBlockingStub(good).nextTokens(MUCH).getTurnsCount()).isPositive();

    calls.forEach(UnreadCall::read);
    Eventually.until("there is room again", () -> calls.stream().allMatch(UnreadCall::isOver));
    assertThat(TokenBrokerGrpc.newBlockingStub(unread).nextTokens(MUCH).getTurnsCount())
        .isPositive();
  }

  @Test
  void cancelledCallsAreForgottenAfterASecond() {
    AtomicLong nanos = new AtomicLong();
    UnsentAnswers unsent = new UnsentAnswers(64 << 20, nanos::get);
    for (int i = 0; i < 100; i++) {
      UnsentAnswers.Outbox connection = unsent.new Outbox();
      connection.add(5_000);
      connection.cancel(5_000);
      nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
    }
    assertThat(unsent.cancelled()).isEqualTo(10);
  }

  @Test
  void theMoreStreamsThereAreTheLessEachGetsAhead() {
    long most = 64 << 20;
    UnsentAnswers unsent = new UnsentAnswers(most, () -> 0);
    UnsentAnswers.Outbox connection = unsent.new Outbox();
    UnsentAnswers.Outbox other = unsent.new Outbox();
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      taken.add(connection.takeWindow());
    }
    assertThat(taken).isSortedAccordingTo(Comparator.reverseOrder());
    int first = taken.get(0);
    int last = taken.get(3_999);
    assertThat(last).isBetween(1, first - 1);
    assertThat(taken.stream().mapToLong(window -> window).sum()).isLessThan(most);
    assertThat(other.takeWindow()).isGreaterThan(last); // less for who has much

    taken.forEach(connection::giveBackWindow);
    assertThat(connection.takeWindow()).isEqualTo(first);
  }

  @Test
  void turnsOfAStreamThatIsNotReadAreFew() {
    unread.shutdownNow();
    unread = connect(1_024);
    broker.store.put("small", "made-up-small");
    int streams = 20;
    for (int i = 0; i < streams; i++) {
      ClientCall<StreamTokensRequest, StreamTokensResponse> call =
          unread.newCall(TokenBrokerGrpc.getStreamTokensMethod(), CallOptions.DEFAULT);
      call.start(new ClientCall.Listener<>() {}, new Metadata());
      call.sendMessage(StreamTokensRequest.newBuilder().setAccount("small").build());
      call.halfClose();
    }
    NextTokenRequest one = NextTokenRequest.newBuilder().setAccount("small").build();
    long[] before = {0};
    Eventually.until(
        "they have what they get",
        () -> {
          long now = number(one);
          boolean none = now > streams && now == before[0] + 1;
          before[0] = now;
          return none;
        });
    // 1 KiB that the caller takes, and 2 KiB that wait behind; turns of some 30 bytes
    assertThat(before[0]).isLessThan(streams * 200L);
  }

  private long number(NextTokenRequest request) {
    return TokenBrokerGrpc.newBlockingStub(good).nextToken(request).getTurn().getNumber();
  }

  private static long refused(List<UnreadCall> calls) {
    return calls.stream().filter(call -> call.end().isPresent()).count();
  }

  /** Takes in no more than the window, until it is told to. */
  private static final class UnreadCall extends ClientCall.Listener<NextTokensResponse> {
    private final ClientCall<NextTokensRequest, NextTokensResponse> call;
    private final AtomicReference<Status> status = new AtomicReference<>();
    private final AtomicReference<Metadata> trailers = new AtomicReference<>();

    UnreadCall(ManagedChannel channel, NextTokensRequest request) {
      call = channel.newCall(TokenBrokerGrpc.getNextTokensMethod(), CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.sendMessage(request);
      call.halfClose();
    }

    void read() {
      call.request(2);
    }

    boolean isOver() {
      return status.get() != null;
    }

    /** Why it has failed, if it has. */
    Optional<Throwable> end() {
      return Optional.ofNullable(status.get())
          .filter(ended -> !ended.isOk())
          .map(ended -> ended.asRuntimeException(trailers.get()));
    }

    @Override
    public void onClose(Status ended, Metadata with) {
      trailers.set(with);
      status.set(ended);
    }
  }
}
