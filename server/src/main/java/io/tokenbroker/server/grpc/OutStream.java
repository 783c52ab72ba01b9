package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Moves messages from a source to a caller, one more only when the transport is ready for it: a
 * slow reader holds back its source and costs the transport's buffer and one message. Thread-safe.
 */
final class OutStream<M> {
  /** How many steps a stream makes before it lets others go first. */
  private static final int MAX_MOVES = 256;

  /** After these, a stream may go on through another broker. */
  private static final Set<FailureReason> MOVING =
      Set.of(FailureReason.NOT_OWNER, FailureReason.SHUTTING_DOWN);

  private final ServerCallStreamObserver<M> observer;
  private final Source<M> source;
  private final @Nullable Permit permit;
  private final Consumer<OutStream<M>> onEnd;
  private final Executor elsewhere;

  /**
   * Counts the calls of {@link #pump}; whoever takes it from 0 does the work for all. The first is
   * {@link #open}, so that nobody ends the stream before its source is open.
   */
  private final AtomicInteger calls = new AtomicInteger(1);

  private volatile @Nullable BrokerException ending;

  // only used by who does the work in pump
  private @Nullable CompletableFuture<M> next;
  private boolean ended;

  /**
   * @param permit what it stays open by; null if nobody asks
   * @param elsewhere goes on with streams that have waited for the store, whose threads have other
   *     work, or that have had their share of a thread
   */
  OutStream(
      ServerCallStreamObserver<M> observer,
      Source<M> source,
      @Nullable Permit permit,
      Consumer<OutStream<M>> onEnd,
      Executor elsewhere) {
    this.observer = observer;
    this.source = source;
    this.permit = permit;
    this.onEnd = onEnd;
    this.elsewhere = elsewhere;
  }

  /** To be called while the call is being set up. A source that does not open ends the stream. */
  void open() {
    observer.setOnReadyHandler(this::pump);
    observer.setOnCancelHandler(this::pump);
    try {
      source.open(this::pump);
    } catch (RuntimeException e) {
      var unused = end(() -> observer.onError(StatusMapper.of(e)));
    }
    work();
  }

  /** Ends the stream with a failure, behind the messages that were sent. */
  void end(BrokerException failure) {
    ending = failure;
    pump();
  }

  /** Whose stream it is. */
  AccountId account() {
    return source.account();
  }

  /** Its caller may open another one. */
  void leave() {
    if (permit != null) {
      permit.closeStream();
    }
  }

  /** Ends the stream if its caller may no more have it. */
  void recheck() {
    BrokerException refusal = permit == null ? null : permit.checkAgain();
    if (refusal != null) {
      end(refusal);
    }
  }

  private void pump() {
    if (calls.getAndIncrement() == 0) {
      work();
    }
  }

  private void work() {
    int seen = 1;
    int left = MAX_MOVES;
    do {
      while (!ended && moveOrEnd()) {
        left--;
        if (left == 0) {
          // a reader as fast as this must not keep the thread from the others
          calls.set(0);
          elsewhere.execute(this::pump);
          return;
        }
      }
      seen = calls.addAndGet(-seen);
    } while (seen > 0);
  }

  /** A fault ends its stream: one that could neither go on nor end would hold up every drain. */
  private boolean moveOrEnd() {
    try {
      return move();
    } catch (RuntimeException e) {
      return !ended && end(() -> observer.onError(StatusMapper.of(e)));
    }
  }

  /** Makes one step; tells whether there may be another one now. */
  private boolean move() {
    if (observer.isCancelled()) {
      return end(() -> {});
    }
    BrokerException failure = ending;
    if (failure != null) {
      return end(() -> fail(failure));
    }
    if (next != null) {
      return next.isDone() && deliver(next);
    }
    return switch (source.state()) {
      case DONE -> end(observer::onCompleted);
      case IDLE -> false;
      case READY -> observer.isReady() && fetch();
    };
  }

  private boolean fetch() {
    CompletableFuture<M> fetched = source.next();
    next = fetched;
    if (!fetched.isDone()) {
      fetched.whenCompleteAsync((message, failure) -> pump(), elsewhere);
    }
    return true;
  }

  private boolean deliver(CompletableFuture<M> done) {
    next = null;
    if (done.isCompletedExceptionally()) {
      return end(() -> done.exceptionally(e -> fail(e)));
    }
    observer.onNext(done.join());
    source.sent();
    return true;
  }

  /** Tells also what the stream would begin with elsewhere. */
  private @Nullable M fail(Throwable failure) {
    StatusRuntimeException status = StatusMapper.of(failure);
    Metadata trailers = status.getTrailers();
    if (trailers != null && MOVING.contains(Failures.reasonOf(failure))) {
      source.outstanding().ifPresent(left -> trailers.put(Hop.DEMAND, Long.toString(left)));
    }
    observer.onError(status);
    return null;
  }

  private boolean end(Runnable lastWord) {
    ended = true;
    try {
      source.close();
    } finally {
      try {
        onEnd.accept(this);
      } finally {
        lastWord.run();
      }
    }
    return false;
  }
}
