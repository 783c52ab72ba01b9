package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.client.fake.FakeStream;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In process and without threads: what the broker does has happened when a call returns. */
class TokenSequenceTest {
  private static final StreamOptions OPTIONS = new StreamOptions(10, 0, 20);

  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final ManualDelayedExecutor later = new ManualDelayedExecutor();

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void givesTheTurnsInTheirOrder() throws Exception {
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThat(take(sequence, 45)).isSorted().hasSize(45);
    }
  }

  @Test
  void asksForNoMoreThanItsBufferHolds() throws Exception {
    try (TokenSequence sequence = open(OPTIONS)) {
      FakeStream stream = stream();
      assertThat(stream.request.getDemand()).isEqualTo(20);
      assertThat(stream.request.getStreamId()).hasSizeBetween(1, 64);
      assertThat(stream.sent).hasValue(20);
      take(sequence, 9);
      assertThat(stream.requests).isEmpty();
      take(sequence, 1); // half of it is free
      assertThat(stream.requests).containsExactly(10L);
      assertThat(stream.sent).hasValue(30);
      take(sequence, 20);
      assertThat(stream.requests).containsExactly(10L, 10L, 10L);
    }
  }

  @Test
  void aBufferOfOneIsOneTurnAhead() throws Exception {
    try (TokenSequence sequence = open(OPTIONS.withBufferSize(1))) {
      FakeStream stream = stream();
      for (long taken = 0; taken < 10; taken++) {
        assertThat(stream.sent).hasValue(taken + 1);
        take(sequence, 1);
      }
    }
  }

  @Test
  void asksOnceHoweverOftenItIsPolled() throws Exception {
    broker.tokens.onStream = stream -> {};
    try (TokenSequence sequence = open(OPTIONS)) {
      for (int i = 0; i < 10; i++) {
        assertThat(sequence.poll()).isEmpty();
      }
      FakeStream stream = stream();
      stream.supplyNow();
      assertThat(stream.sent).hasValue(20);
      assertThat(stream.requests).isEmpty();
    }
  }

  @Test
  void opensANewStreamIfItCannotAskForMore() throws Exception {
    try (TokenSequence sequence = open(OPTIONS)) {
      FakeStream first = stream();
      // the stream is another broker's, or nobody knows
      broker.tokens.failNextRequests(Errors.shuttingDown(Duration.ZERO));
      assertThat(take(sequence, 10)).endsWith(10L);
      assertThat(first.cancelled.getCount()).isZero();
      later.pass();
      FakeStream second = stream();
      assertThat(second.request.getStreamId()).isNotEqualTo(first.request.getStreamId());
      assertThat(second.request.getDemand()).isEqualTo(10);
      assertThat(take(sequence, 20)).endsWith(30L);
    }
  }

  @Test
  void endsIfTheBrokerIsTooOldToBeAskedForMore() throws Exception {
    try (TokenSequence sequence = open(OPTIONS)) {
      FakeStream only = stream();
      broker.tokens.failNextRequests(Status.UNIMPLEMENTED.asRuntimeException());
      assertThat(take(sequence, 20)).endsWith(20L);
      assertThatThrownBy(() -> sequence.take(Duration.ZERO))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNIMPLEMENTED")
          .hasMessageContaining("upgrade the brokers");
      assertThat(sequence.isDone()).isTrue();
      assertThat(only.cancelled.getCount()).isZero();
    }
  }

  @Test
  void opensANewStreamIfItCouldNotAskForMoreBeforeTheLastOneHadBegun() throws Exception {
    AtomicReference<Runnable> beforeCall = new AtomicReference<>(() -> {});
    try (TokenSequence sequence =
        new TokenSequence(
            TokenBrokerGrpc.newStub(
                    ClientInterceptors.intercept(broker.channel(), new AccountRouting()))
                .withInterceptors(before(TokenBrokerGrpc.getStreamTokensMethod(), beforeCall)),
            "a",
            OPTIONS.withBufferSize(3),
            later,
            () -> 1.0,
            ended -> {})) {
      broker.tokens.onStream = stream -> stream.batchWithoutEnd(2);
      sequence.open();
      broker.tokens.onStream = FakeStream::supply;
      stream().fail(Status.UNAVAILABLE.asRuntimeException());
      // others take what waits while the next stream, for one turn, is on its way
      beforeCall.set(
          () -> {
            beforeCall.set(() -> {});
            assertThat(sequence.poll()).isPresent();
            assertThat(sequence.poll()).isPresent();
          });
      later.pass();
      FakeStream second = stream();
      assertThat(second.request.getDemand()).isEqualTo(1);
      assertThat(second.cancelled.getCount()).isZero();
      later.pass();
      take(sequence, 9);
    }
  }

  @Test
  void aStreamThatBreaksWhileTheBufferIsFullIsOpenedWhenThereIsRoom() throws Exception {
    broker.tokens.onStream = stream -> stream.batchWithoutEnd(20);
    try (TokenSequence sequence = open(OPTIONS)) {
      stream().fail(Status.UNAVAILABLE.asRuntimeException());
      later.pass();
      assertThat(broker.tokens.streams).isEmpty();
      take(sequence, 9);
      assertThat(broker.tokens.streams).isEmpty();
      take(sequence, 1);
      assertThat(stream().request.getDemand()).isEqualTo(10);
    }
  }

  @Test
  void asksForNoMoreThanTheLimit() throws Exception {
    try (TokenSequence sequence = open(OPTIONS.withLimit(25))) {
      FakeStream stream = stream();
      take(sequence, 20);
      assertThat(stream.requests).containsExactly(5L);
      take(sequence, 5);
      assertThat(stream.requests).containsExactly(5L);
      assertThat(sequence.isDone()).isTrue();
    }
  }

  @Test
  void pollNeverWaits() throws Exception {
    broker.tokens.onStream = stream -> {};
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThat(sequence.poll()).isEmpty();
      stream().batch(2);
      assertThat(sequence.poll()).map(Turn::getNumber).contains(1L);
      assertThat(sequence.poll()).map(Turn::getNumber).contains(2L);
      assertThat(sequence.poll()).isEmpty();
    }
  }

  @Test
  void saysWhenNoTurnCameInTime() throws Exception {
    broker.tokens.onStream = stream -> {};
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThatThrownBy(() -> sequence.take(Duration.ofMillis(1)))
          .isInstanceOf(TimeoutException.class)
          .hasNoCause();
      stream().batch(1);
      assertThat(take(sequence, 1)).containsExactly(1L);
    }
  }

  @Test
  void opensANewStreamAfterUnavailable() throws Exception {
    broker.tokens.onStream = stream -> stream.batch(3);
    try (TokenSequence sequence = open(OPTIONS)) {
      take(sequence, 3);
      stream().fail(Errors.shuttingDown(Duration.ZERO));
      assertThatThrownBy(() -> sequence.take(Duration.ZERO))
          .isInstanceOf(TimeoutException.class)
          .hasRootCauseMessage("UNAVAILABLE: The broker is stopping.");
      assertThat(later.pass()).isEqualTo(Duration.ofMillis(100));
      assertThat(take(sequence, 3)).containsExactly(4L, 5L, 6L);
    }
  }

  @Test
  void aStreamThatTheBrokerCutsIsOpenedAgain() throws Exception {
    broker.tokens.onStream = stream -> stream.fail(Status.CANCELLED.asRuntimeException());
    try (TokenSequence sequence = open(OPTIONS)) {
      broker.tokens.onStream = FakeStream::supply;
      later.pass();
      take(sequence, 1);
    }
  }

  @Test
  void aBrokerThatSaysWhenToTryAgainIsTriedAgainThen() throws Exception {
    broker.tokens.failNext(Errors.tooManyWaiters(Duration.ofSeconds(3)));
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThatThrownBy(() -> sequence.take(Duration.ZERO))
          .isInstanceOf(TimeoutException.class)
          .satisfies(
              e -> assertThat(BrokerErrors.reason(e.getCause())).contains("TOO_MANY_WAITERS"));
      assertThat(later.pass()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
      take(sequence, 1);
    }
  }

  @Test
  void aBrokerThatIsFullAndDoesNotSayForHowLongEndsIt() throws Exception {
    broker.tokens.failNext(Errors.tooManyScopes());
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThatThrownBy(() -> sequence.take(Duration.ZERO))
          .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("TOO_MANY_SCOPES"));
      assertThat(later.isIdle()).isTrue();
    }
  }

  @Test
  void waitsLongerFromFailureToFailureAndAsLongAsTheBrokerAsks() throws Exception {
    broker.tokens.failNext(
        Status.UNAVAILABLE.asRuntimeException(),
        Status.UNAVAILABLE.asRuntimeException(),
        Errors.shuttingDown(Duration.ofSeconds(7)),
        Status.UNAVAILABLE.asRuntimeException());
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThat(later.pass()).isEqualTo(Duration.ofMillis(100));
      assertThat(later.pass()).isEqualTo(Duration.ofMillis(200));
      assertThat(later.pass()).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(8));
      assertThat(later.pass()).isEqualTo(Duration.ofMillis(800));
      take(sequence, 1); // a batch came
      stream().fail(Status.UNAVAILABLE.asRuntimeException());
      assertThat(later.pass()).isEqualTo(Duration.ofMillis(100));
    }
  }

  @Test
  void endsAfterExactlyTheLimit() throws Exception {
    try (TokenSequence sequence = open(OPTIONS.withLimit(25))) {
      assertThat(stream().request.getLimit()).isEqualTo(25);
      assertThat(take(sequence, 25)).hasSize(25);
      assertThat(sequence.isDone()).isTrue();
      assertThatThrownBy(() -> sequence.take(Duration.ofDays(1)))
          .isInstanceOf(NoSuchElementException.class);
      assertThatThrownBy(sequence::poll).isInstanceOf(NoSuchElementException.class);
      assertThat(later.isIdle()).isTrue();
    }
  }

  @Test
  void theLimitSpansStreams() throws Exception {
    broker.tokens.onStream = stream -> stream.batch(10);
    try (TokenSequence sequence = open(OPTIONS.withLimit(25))) {
      List<Long> taken = new ArrayList<>();
      for (int left : new int[] {25, 15, 5}) {
        FakeStream stream = stream();
        assertThat(stream.request.getLimit()).isEqualTo(left);
        taken.addAll(take(sequence, Math.min(left, 10)));
        if (left > 5) {
          stream.fail(Status.UNAVAILABLE.asRuntimeException());
          later.pass();
        }
      }
      assertThat(taken).isSorted().hasSize(25);
      assertThatThrownBy(() -> sequence.take(Duration.ZERO))
          .isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void aConnectionLostAfterTheLastTurnIsTheEnd() throws Exception {
    broker.tokens.onStream = stream -> {};
    try (TokenSequence sequence = open(OPTIONS.withLimit(10))) {
      FakeStream stream = stream();
      stream.batchWithoutEnd(10);
      stream.fail(Status.UNAVAILABLE.asRuntimeException());
      assertThat(later.isIdle()).isTrue();
      assertThat(take(sequence, 10)).hasSize(10);
      assertThat(sequence.isDone()).isTrue();
    }
  }

  @Test
  void takesNoMoreThanTheLimitFromABrokerThatSendsMore() throws Exception {
    broker.tokens.onStream = stream -> stream.batchWithoutEnd(10);
    try (TokenSequence sequence = open(OPTIONS.withLimit(4))) {
      stream().complete();
      assertThat(take(sequence, 4)).hasSize(4);
      assertThat(sequence.isDone()).isTrue();
    }
  }

  @Test
  void aBrokerThatSendsMoreThanWasAskedForEndsIt() throws Exception {
    broker.tokens.onStream = stream -> stream.batch(15);
    try (TokenSequence sequence = open(OPTIONS)) {
      FakeStream stream = stream();
      assertThat(stream.request.getDemand()).isEqualTo(20);
      stream.batch(15);
      assertThat(stream.cancelled.getCount()).isZero();
      assertThat(take(sequence, 15)).endsWith(15L);
      assertThat(sequence.isDone()).isTrue();
      assertThatThrownBy(sequence::poll)
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNIMPLEMENTED")
          .hasMessageContaining("older");
      assertThat(later.isIdle()).isTrue();
    }
  }

  @Test
  void aStreamThatEndsTooEarlyIsOpenedAgain() throws Exception {
    broker.tokens.onStream = FakeStream::complete;
    try (TokenSequence sequence = open(OPTIONS)) {
      broker.tokens.onStream = FakeStream::supply;
      later.pass();
      take(sequence, 1);
    }
  }

  @Test
  void tellsAnErrorAfterTheTurnsThatCameBefore() throws Exception {
    broker.tokens.onStream = stream -> stream.batch(2);
    try (TokenSequence sequence = open(OPTIONS)) {
      stream().fail(Errors.noCredentials("a"));
      assertThat(sequence.isDone()).isFalse();
      take(sequence, 2);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> sequence.take(Duration.ofDays(1)))
            .isInstanceOf(StatusRuntimeException.class)
            .satisfies(
                e -> assertThat(BrokerErrors.reason(e)).contains("CREDENTIALS_DO_NOT_EXIST"));
      }
      assertThat(later.isIdle()).isTrue();
    }
  }

  @Test
  void closeCancelsTheCallAndDropsWhatWaits() throws Exception {
    TokenSequence sequence = open(OPTIONS);
    FakeStream stream = stream();
    sequence.close();
    sequence.close();
    assertThat(stream.cancelled.getCount()).isZero();
    assertThat(sequence.isDone()).isTrue();
    assertThatThrownBy(() -> sequence.take(Duration.ofDays(1)))
        .isInstanceOf(CancellationException.class);
    assertThat(later.isIdle()).isTrue();
  }

  @Test
  void closedWhileItWaitsForTheBrokerItStaysClosed() throws Exception {
    broker.tokens.failNext(Status.UNAVAILABLE.asRuntimeException());
    open(OPTIONS).close();
    later.pass();
    assertThat(broker.tokens.calls).hasValue(1);
  }

  @Test
  void theClientClosesItsSequences() throws Exception {
    TokenSequence sequence = open(OPTIONS);
    client.close();
    assertThat(stream().cancelled.getCount()).isZero();
    assertThatThrownBy(sequence::poll).isInstanceOf(CancellationException.class);
  }

  @Test
  void doesNotEndWithTheCallItWasOpenedIn() throws Exception {
    var call = io.grpc.Context.current().withCancellation();
    try (TokenSequence sequence = call.call(() -> open(OPTIONS))) {
      call.cancel(null);
      take(sequence, 100);
    }
  }

  @Test
  void doesNotPrintSecrets() throws Exception {
    try (TokenSequence sequence = open(OPTIONS)) {
      assertThat(sequence.toString()).isEqualTo("TokenSequence[a]");
    }
  }

  private TokenSequence open(StreamOptions options) {
    return client.stream("a", options, later, () -> 1.0);
  }

  private static ClientInterceptor before(
      MethodDescriptor<?, ?> watched, AtomicReference<Runnable> action) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        if (method.equals(watched)) {
          action.get().run();
        }
        return next.newCall(method, options);
      }
    };
  }

  private FakeStream stream() {
    return Objects.requireNonNull(broker.tokens.streams.poll());
  }

  private static List<Long> take(TokenSequence sequence, int count) throws Exception {
    List<Long> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(sequence.take(Duration.ZERO).getNumber());
    }
    return numbers;
  }
}
