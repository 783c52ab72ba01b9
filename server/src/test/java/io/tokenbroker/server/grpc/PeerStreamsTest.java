package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.peer.v1.AnswerBatch;
import io.tokenbroker.peer.v1.CallBatch;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.peer.v1.PeerCall;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Link;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Short calls that go to the owner of their account in messages with others. */
class PeerStreamsTest extends ForwardingTestBase {
  private static final String NEXT = TokenBrokerGrpc.getNextTokenMethod().getFullMethodName();

  /**
   * @param begun when the store is asked
   * @param end to be completed, when it is to answer
   */
  private record SlowLoad(CompletableFuture<Void> begun, CompletableFuture<Void> end) {}

  /** The next one of the owner's. */
  private SlowLoad slowLoad() {
    SlowLoad load = new SlowLoad(new CompletableFuture<>(), new CompletableFuture<>());
    owner.broker.store.beforeLoad(
        () -> {
          load.begun.complete(null);
          load.end.join();
        });
    return load;
  }

  @Test
  void shortCallsHaveNoneOfTheirOwn() throws Exception {
    assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
    assertThat(owner.seen.take().headers().get(Hop.KEY)).isNull();
    Failure failure =
        Failure.of(
            () ->
                entry
                    .calls()
                    .reportOutcome(ReportOutcomeRequest.newBuilder().setAccount(ACME).build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(owner.seen.take().headers().get(Hop.KEY)).isNull();
    // but those that may wait have
    assertThat(entry.calls().nextToken(next().toBuilder().setWait(true).build()).hasTurn())
        .isTrue();
    assertThat(owner.seen.take().headers().get(Hop.KEY)).isEqualTo(owner.key());
  }

  @Test
  void anOlderBrokerGetsACallForEach() throws Exception {
    LinkedBlockingQueue<Metadata> seen = new LinkedBlockingQueue<>();
    Server older =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(ServerInterceptors.intercept(oldService(), watch(seen)))
            .build()
            .start();
    open.add(older::shutdownNow);
    String address = "127.0.0.1:" + older.getPort();
    keys.put(address, "of the older one");
    entry.believesIn(ACME, address);
    for (int i = 0; i < 3; i++) {
      assertThat(entry.calls().nextToken(next()).getTurn().getSecret()).isEqualTo("old");
      assertThat(seen.take().get(Hop.KEY)).isEqualTo("of the older one");
    }
    assertThat(entry.server().forwards().orElseThrow().unreached()).isEmpty();
  }

  private static BindableService oldService() {
    return new TokenBrokerGrpc.TokenBrokerImplBase() {
      @Override
      public void nextToken(NextTokenRequest request, StreamObserver<NextTokenResponse> answer) {
        answer.onNext(
            NextTokenResponse.newBuilder().setTurn(Turn.newBuilder().setSecret("old")).build());
        answer.onCompleted();
      }
    };
  }

  private static ServerInterceptor watch(LinkedBlockingQueue<Metadata> seen) {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        seen.add(headers);
        return next.startCall(call, headers);
      }
    };
  }

  @Test
  void aCallerThatGoesIsNotWaitedForAtTheOwner() throws Exception {
    SlowLoad load = slowLoad();
    var asked = TokenBrokerGrpc.newFutureStub(entry.channel()).nextToken(next());
    load.begun.get(20, TimeUnit.SECONDS);
    asked.cancel(true);
    Eventually.until("it is cancelled", () -> cancelled(owner) == 1);
    load.end.complete(null);
    // and the stream goes on
    assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
  }

  private static long cancelled(TestMember member) {
    return count(member, rpc -> rpc.code().equals(Code.CANCELLED.name()));
  }

  private static long ended(TestMember member) {
    return count(member, rpc -> true);
  }

  private static long count(TestMember member, Predicate<RpcCounts.Reading> which) {
    return member.server().rpcs().stream()
        .filter(rpc -> rpc.method().endsWith("/NextToken"))
        .filter(which)
        .mapToLong(RpcCounts.Reading::count)
        .sum();
  }

  @Test
  void aStopWaitsForNoStreamThatIsIdle() throws Exception {
    assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
    TestMember successor = member(new TestBroker(owner.broker), false, Duration.ofSeconds(20));
    believe(successor, 2);
    successor.believes(ACME, successor, 2);
    assertThat(owner.server().drain(Duration.ZERO, Duration.ofMinutes(1), () -> {}, () -> {}))
        .isTrue();
    assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
  }

  @Test
  void callsToAnOwnerThatIsGoneAreAllAnswered() {
    owner.crash();
    entry.serves = true;
    for (int i = 0; i < 10; i++) {
      assertThat(entry.calls().withDeadlineAfter(20, TimeUnit.SECONDS).nextToken(next()).hasTurn())
          .isTrue();
    }
    assertThat(entry.server().forwards().orElseThrow().split()).isEqualTo(10);
  }

  @Test
  void aBigRequestGoesAlone() throws Exception {
    String big = "x".repeat(100_000);
    Failure failure =
        Failure.of(() -> entry.calls().nextToken(next().toBuilder().setScope(big).build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(owner.seen.take().headers().get(Hop.KEY)).isEqualTo(owner.key());
  }

  @Test
  void manyCallsWithMuchInTheirHeadersFindRoom() throws Exception {
    Metadata much = new Metadata();
    much.put(Metadata.Key.of("much", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(7_000));
    var calls =
        TokenBrokerGrpc.newFutureStub(entry.channel())
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(much));
    List<com.google.common.util.concurrent.ListenableFuture<NextTokenResponse>> all =
        new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      all.add(calls.nextToken(next()));
    }
    for (var one : all) {
      assertThat(one.get(60, TimeUnit.SECONDS).hasTurn()).isTrue();
    }
  }

  @Test
  void whatHasNotGoneOutGoesWithItsCaller() throws Exception {
    try (Link link = new Link(owner.server().port())) {
      link.silence(true); // there is a connection, and nothing comes by it
      String by = "127.0.0.1:" + link.port();
      keys.put(by, owner.key());
      entry.believesIn(ACME, by);
      for (int i = 0; i < 3; i++) {
        var calls = entry.calls().withDeadlineAfter(200, TimeUnit.MILLISECONDS);
        Throwable late = catchThrowable(() -> calls.nextToken(next()));
        assertThat(Status.fromThrowable(late).getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
      }
      Eventually.until("their ends have come to the entry", () -> ended(entry) == 3);
      link.silence(false);
      assertThat(entry.calls().nextToken(next()).getTurn().getNumber()).isEqualTo(1);
    }
  }

  @Test
  void whatAnOlderBrokerDoesNotKnowIsNoReasonToStandInForIt() throws Exception {
    Server older =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(oldService())
            .build()
            .start();
    open.add(older::shutdownNow);
    String address = "127.0.0.1:" + older.getPort();
    keys.put(address, "of the older one");
    // who is no owner any more says who is
    owner.believesIn(ACME, address);
    entry.serves = true;
    assertThat(entry.calls().nextToken(next()).getTurn().getSecret()).isEqualTo("old");
    assertThat(entry.server().forwards().orElseThrow().split()).isZero();
  }

  @Test
  void aStreamThatIsResetHasItsCallsMadeAgain() throws Exception {
    AtomicInteger streams = new AtomicInteger();
    Server flaky =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("tokenbroker.peer.v1.Peers")
                    .addMethod(
                        PeerStream.METHOD,
                        ServerCalls.asyncBidiStreamingCall(
                            answers -> new Flaky(answers, streams.getAndIncrement() == 0)))
                    .build())
            .build()
            .start();
    open.add(flaky::shutdownNow);
    String address = "127.0.0.1:" + flaky.getPort();
    keys.put(address, "key");
    entry.believesIn(ACME, address);
    assertThat(entry.calls().nextToken(next()).getTurn().getSecret()).isEqualTo("at last");
    assertThat(streams.get()).isEqualTo(2);
  }

  private record Flaky(StreamObserver<AnswerBatch> answers, boolean resets)
      implements StreamObserver<CallBatch> {
    @Override
    public void onNext(CallBatch batch) {
      if (resets) {
        answers.onError(Status.CANCELLED.withDescription("reset").asRuntimeException());
        return;
      }
      NextTokenResponse turn =
          NextTokenResponse.newBuilder().setTurn(Turn.newBuilder().setSecret("at last")).build();
      answers.onNext(
          AnswerBatch.newBuilder()
              .addAnswers(PeerAnswer.newBuilder().setId(99)) // nobody's
              .addAnswers(
                  PeerAnswer.newBuilder()
                      .setId(batch.getCalls(0).getId())
                      .setMessage(turn.toByteString()))
              .build());
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }

  // ---- what a peer sends

  private Raw stream(@Nullable String key) {
    Metadata headers = new Metadata();
    if (key != null) {
      Hop.put(headers, key, Hop.OF_A_BROKER.text());
    }
    Raw raw = new Raw();
    raw.calls =
        ClientCalls.asyncBidiStreamingCall(
            ClientInterceptors.intercept(
                    owner.channel(), MetadataUtils.newAttachHeadersInterceptor(headers))
                .newCall(PeerStream.METHOD, CallOptions.DEFAULT),
            raw);
    return raw;
  }

  private static final class Raw implements StreamObserver<AnswerBatch> {
    final LinkedBlockingQueue<PeerAnswer> answers = new LinkedBlockingQueue<>();
    final CompletableFuture<Void> end = new CompletableFuture<>();
    StreamObserver<CallBatch> calls;

    @Override
    public void onNext(AnswerBatch batch) {
      answers.addAll(batch.getAnswersList());
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      end.complete(null);
    }
  }

  private static PeerCall call(int id, String method, ByteString request) {
    return PeerCall.newBuilder()
        .setId(id)
        .setMethod(method)
        .setCaller("LOCAL;local;127.0.0.1")
        .setRequest(request)
        .build();
  }

  @Test
  void eachCallOfAMessageIsAnsweredAndThenTheStreamEnds() throws Exception {
    assertThat(owner.calls().nextToken(next()).getTurn().getSecret()).isEqualTo("s1");
    Raw stream = stream(owner.key());
    CallBatch.Builder batch = CallBatch.newBuilder();
    for (int id = 1; id <= 6; id++) {
      batch.addCalls(call(id, NEXT, next().toByteString()));
    }
    stream.calls.onNext(batch.build());
    stream.calls.onCompleted();
    stream.end.get(20, TimeUnit.SECONDS);
    List<String> secrets = new ArrayList<>();
    for (PeerAnswer answer : stream.answers) {
      assertThat(answer.getId()).isEqualTo(secrets.size() + 1);
      secrets.add(NextTokenResponse.parseFrom(answer.getMessage()).getTurn().getSecret());
    }
    assertThat(secrets).containsExactly("s2", "s3", "s1", "s2", "s3", "s1");
  }

  @Test
  void whatIsNoCallOfThisVersionFailsAlone() throws Exception {
    Raw stream = stream(owner.key());
    stream.calls.onNext(
        CallBatch.newBuilder()
            .addCalls(call(1, "tokenbroker.v1.TokenBroker/Later", ByteString.EMPTY))
            .addCalls(call(2, NEXT, ByteString.copyFromUtf8("no message")))
            .addCalls(call(3, NEXT, next().toByteString()).toBuilder().setCaller("nobody"))
            .addCalls(call(4, NEXT, next().toByteString()))
            .build());
    stream.calls.onCompleted();
    stream.end.get(20, TimeUnit.SECONDS);
    assertThat(stream.answers)
        .extracting(answer -> answer.getId() + " " + Code.values()[answer.getCode()])
        .containsExactlyInAnyOrder(
            "1 UNIMPLEMENTED", "2 INVALID_ARGUMENT", "3 UNIMPLEMENTED", "4 OK");
  }

  @Test
  void nobodyButAPeerOpensOne() throws Exception {
    for (String key : new String[] {null, "guessed", entry.key()}) {
      Raw stream = stream(key);
      stream.calls.onNext(
          CallBatch.newBuilder().addCalls(call(1, NEXT, next().toByteString())).build());
      StatusRuntimeException refusal =
          (StatusRuntimeException)
              catchThrowable(() -> stream.end.get(20, TimeUnit.SECONDS)).getCause();
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
      assertThat(Refused.of(refusal.getStatus(), refusal.getTrailers()).reason())
          .isEqualTo(FailureReason.UNAUTHENTICATED.name());
      assertThat(stream.answers).isEmpty();
    }
    assertThat(owner.seen).isEmpty();
  }

  @Test
  void aStopRefusesWhatComesOnAStreamThatIsBusy() throws Exception {
    SlowLoad load = slowLoad();
    Raw stream = stream(owner.key());
    stream.calls.onNext(
        CallBatch.newBuilder().addCalls(call(1, NEXT, next().toByteString())).build());
    load.begun.get(20, TimeUnit.SECONDS);
    CompletableFuture<Void> began = new CompletableFuture<>();
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return owner
                    .server()
                    .drain(
                        Duration.ZERO, Duration.ofMinutes(1), () -> began.complete(null), () -> {});
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    began.get(20, TimeUnit.SECONDS);
    // what its event loop has read by then is begun, and waits for the same load
    PeerAnswer refused = null;
    for (int id = 2; refused == null && id < 100; id++) {
      stream.calls.onNext(
          CallBatch.newBuilder().addCalls(call(id, NEXT, next().toByteString())).build());
      refused = stream.answers.poll(200, TimeUnit.MILLISECONDS);
    }
    assertThat(refused).isNotNull();
    assertThat(
            Refused.of(
                    Status.fromCodeValue(refused.getCode()),
                    Headers.read(refused.getTrailersList()))
                .reason())
        .isEqualTo(FailureReason.SHUTTING_DOWN.name());
    load.end.complete(null);
    stream.end.get(20, TimeUnit.SECONDS);
    assertThat(stream.answers)
        .extracting(PeerAnswer::getId, PeerAnswer::getCode)
        .contains(tuple(1, Code.OK.value()));
    assertThat(drained.get(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aStreamThatIsNoneAnyMoreHoldsNothing() throws Exception {
    SlowLoad load = slowLoad();
    Metadata headers = new Metadata();
    Hop.put(headers, owner.key(), Hop.OF_A_BROKER.text());
    CompletableFuture<Void> end = new CompletableFuture<>();
    StreamObserver<byte[]> bytes =
        ClientCalls.asyncBidiStreamingCall(
            ClientInterceptors.intercept(
                    owner.channel(), MetadataUtils.newAttachHeadersInterceptor(headers))
                .newCall(
                    PeerStream.METHOD.toBuilder(new Bytes(), new Bytes()).build(),
                    CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] answer) {}

              @Override
              public void onError(Throwable failure) {
                end.complete(null);
              }

              @Override
              public void onCompleted() {}
            });
    bytes.onNext(
        CallBatch.newBuilder()
            .addCalls(call(1, NEXT, next().toByteString()))
            .build()
            .toByteArray());
    load.begun.get(20, TimeUnit.SECONDS);
    bytes.onNext("no batch of calls".getBytes(StandardCharsets.UTF_8));
    end.get(20, TimeUnit.SECONDS);
    Eventually.until("its call has ended", () -> cancelled(owner) == 1);
    load.end.complete(null);
    Eventually.until("nothing is held", () -> owner.server().requestBytes() == 0);
  }
}
