package io.tokenbroker.client;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.RequestTurnsResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A supply of turns of one account that is pulled: the broker makes a turn only when this has room
 * for it in its buffer. Any number of threads may take, poll and close at once.
 *
 * <p>When the connection or the broker is lost (UNAVAILABLE, or CANCELLED from outside), or the
 * broker is too busy and says when to try again (RESOURCE_EXHAUSTED with a RetryInfo), the sequence
 * opens a new stream by itself, after 100 ms at first and up to 5 s later, or as late as the broker
 * asks; takers just wait on. Any other error ends it. Turns that wait in the buffer when it is
 * closed are lost to everyone, and so is a batch that breaks on its way.
 *
 * <p>The three ends, thrown by {@link #take} and {@link #poll} once no turn is left:
 *
 * <ul>
 *   <li>{@link NoSuchElementException}: as many turns came as the limit allows;
 *   <li>{@link StatusRuntimeException}: the broker refused; see {@link BrokerErrors}. UNIMPLEMENTED
 *       if it is older than this: it sends more turns than it was asked for, or can't be asked for
 *       more (RequestTurns);
 *   <li>{@link CancellationException}: this was closed.
 * </ul>
 */
public final class TokenSequence implements AutoCloseable {
  private final TokenBrokerGrpc.TokenBrokerStub stub;
  private final String account;
  private final StreamOptions options;
  private final DelayedExecutor delayed;
  private final Backoff backoff;
  private final Consumer<TokenSequence> onEnd;
  private final TurnBuffer buffer;
  // keeps the opener's values (tracing) but not its deadline or cancellation
  private final Context.CancellableContext context = Context.current().fork().withCancellation();

  // Only the one open stream and the reconnect that follows it touch this, one after the other.
  private long received;
  private volatile @Nullable StatusRuntimeException interruption;

  TokenSequence(
      TokenBrokerGrpc.TokenBrokerStub stub,
      String account,
      StreamOptions options,
      DelayedExecutor delayed,
      DoubleSupplier random,
      Consumer<TokenSequence> onEnd) {
    // the callbacks only move turns into the buffer: no need for another thread
    this.stub = stub.withExecutor(Runnable::run);
    this.account = account;
    this.options = options;
    this.delayed = delayed;
    this.backoff = new Backoff(random);
    this.onEnd = onEnd;
    this.buffer = new TurnBuffer(options.bufferSize(), options.limit());
  }

  /**
   * The next turn, for which this waits up to the timeout; zero or less does not wait.
   *
   * @throws TimeoutException if no turn came in time; nothing is lost, and the next take may
   *     succeed. Its cause is the error that the sequence is recovering from, if it is
   * @throws InterruptedException if the thread was interrupted while it waited
   * @throws RuntimeException one of the ends above
   */
  public Turn take(Duration timeout) throws InterruptedException, TimeoutException {
    Optional<Turn> turn = buffer.take(Durations.saturatedNanos(timeout));
    refill();
    if (turn.isEmpty()) {
      TimeoutException late = new TimeoutException("no turn within " + timeout);
      late.initCause(interruption);
      throw late;
    }
    return turn.get();
  }

  /**
   * The next turn if it is already here. Never waits.
   *
   * @throws RuntimeException one of the ends above
   */
  public Optional<Turn> poll() {
    Optional<Turn> turn = buffer.poll();
    refill();
    return turn;
  }

  /** True once {@link #take} can only throw one of the ends above. */
  public boolean isDone() {
    return buffer.isDone();
  }

  /** Ends the stream here and in the broker, and wakes all takers. May be called twice. */
  @Override
  public void close() {
    buffer.close(() -> new CancellationException("the token sequence was closed"));
    context.cancel(null);
    onEnd.accept(this);
  }

  @Override
  public String toString() {
    return "TokenSequence[" + account + "]";
  }

  /**
   * Opens the next stream, as soon as there is room for a turn; after {@link #close} it comes to
   * nothing, as its context is over.
   */
  void open() {
    TurnBuffer.Claim claim = buffer.claimFirst();
    if (claim != null) {
      open(claim.count());
    }
  }

  private void open(long demand) {
    TurnStream stream = new TurnStream(this);
    StreamTokensRequest request =
        StreamTokensRequest.newBuilder()
            .setAccount(account)
            .setBatchSize(options.batchSize())
            .setScope(options.scope())
            .setLimit(options.limit() == 0 ? 0 : options.limit() - received)
            .setStreamId(stream.id)
            .setDemand(demand)
            .build();
    buffer.supplyFrom(stream);
    context.run(() -> stub.streamTokens(request, stream));
    stream.begun();
  }

  void received(List<Turn> batch) {
    backoff.reset();
    interruption = null;
    List<Turn> wanted = batch;
    if (options.limit() > 0 && batch.size() > options.limit() - received) {
      wanted = batch.subList(0, (int) (options.limit() - received));
    }
    if (!buffer.put(wanted)) {
      end(TokenSequence::unasked);
      return;
    }
    received += wanted.size();
    refill();
  }

  /**
   * @param error null if the broker ended the stream with OK
   */
  void streamEnded(@Nullable Throwable error) {
    if (options.limit() > 0 && received >= options.limit()) {
      end(() -> new NoSuchElementException("the limit of the token sequence is reached"));
      return;
    }
    buffer.sourceEnded();
    StreamEnd end = StreamEnd.of(error, context.isCancelled());
    if (end.passes()) {
      interruption = end.failure();
      delayed.run(end.delay(backoff), this::open);
    } else {
      end(end::failure);
    }
  }

  private void end(Supplier<RuntimeException> exception) {
    buffer.end(exception);
    context.cancel(null);
    onEnd.accept(this);
  }

  /** There is no holding back a broker that does not heed what it is asked for. */
  private static StatusRuntimeException unasked() {
    return Status.UNIMPLEMENTED
        .withDescription(
            "the broker sent more turns than it was asked for, as one does that is older than this"
                + " client; upgrade the brokers first")
        .asRuntimeException();
  }

  /** A stream from such a broker would soon stand still. */
  private static StatusRuntimeException unheard() {
    return Status.UNIMPLEMENTED
        .withDescription(
            "the broker cannot be asked for more turns, as one can't that is older than this client;"
                + " upgrade the brokers first")
        .asRuntimeException();
  }

  private void refill() {
    TurnBuffer.Claim claim = buffer.claim();
    if (claim == null) {
      return;
    }
    TurnStream stream = claim.source();
    if (stream == null) {
      open(claim.count());
      return;
    }
    RequestTurnsRequest request =
        RequestTurnsRequest.newBuilder()
            .setAccount(account)
            .setStreamId(stream.id)
            .setCount(claim.count())
            .build();
    context.run(() -> stub.requestTurns(request, new Asking(stream)));
  }

  /** Not tried again: nobody knows whether the turns were asked for. The next stream knows. */
  private final class Asking implements StreamObserver<RequestTurnsResponse> {
    private final TurnStream stream;

    Asking(TurnStream stream) {
      this.stream = stream;
    }

    @Override
    public void onNext(RequestTurnsResponse response) {}

    @Override
    public void onError(Throwable error) {
      if (Status.fromThrowable(error).getCode() == Status.Code.UNIMPLEMENTED) {
        end(TokenSequence::unheard);
      } else {
        stream.cancel(error);
      }
    }

    @Override
    public void onCompleted() {}
  }
}
