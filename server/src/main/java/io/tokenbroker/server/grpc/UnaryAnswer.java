package io.tokenbroker.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.grpc.OpenWaits.OpenWait;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers unary calls from futures. */
final class UnaryAnswer {
  private UnaryAnswer() {}

  /**
   * @param call may throw as well as fail; runs on the event loop, so it must not block
   * @param message makes the answer, on the thread that completes the future
   */
  static <T, M> void answer(
      StreamObserver<M> observer, Supplier<CompletableFuture<T>> call, Function<T, M> message) {
    answer(observer, call, message, false, unheard -> {});
  }

  /**
   * The same; a caller that goes before the answer cancels the future.
   *
   * @param giveBack takes what was got for a caller that has gone all the same, or has no room
   */
  static <T, M> void answerOrGiveBack(
      StreamObserver<M> observer,
      Supplier<CompletableFuture<T>> call,
      Function<T, M> message,
      Consumer<T> giveBack) {
    answer(observer, call, message, true, giveBack);
  }

  private static <T, M> void answer(
      StreamObserver<M> plainObserver,
      Supplier<CompletableFuture<T>> call,
      Function<T, M> message,
      boolean leave,
      Consumer<T> unheard) {
    ServerCallStreamObserver<M> observer = (ServerCallStreamObserver<M>) plainObserver;
    if (observer.isCancelled()) {
      return;
    }
    CompletableFuture<T> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      observer.onError(StatusMapper.of(e));
      return;
    }
    boolean done = answer.isDone();
    // with a handler, an answer to a caller that has gone is dropped instead of thrown back
    observer.setOnCancelHandler(leave && !done ? () -> answer.cancel(false) : () -> {});
    if (done && !answer.isCompletedExceptionally()) {
      // nearly every call: spares it another future
      complete(observer, message, leave, unheard, answer.join(), null);
    } else {
      Permit permit = InboundCall.permit();
      OpenWait wait = leave && !done && permit != null ? permit.await(answer) : null;
      answer.whenComplete(
          (value, failure) -> {
            Throwable ended = wait == null ? null : wait.end();
            Throwable refusal = ended == null && failure == null ? refusal(permit) : ended;
            if (refusal != null && failure == null) {
              // it was let in once, but may no more have what it has waited for
              unheard.accept(value);
            }
            complete(observer, message, leave, unheard, value, refusal == null ? failure : refusal);
          });
    }
  }

  private static @Nullable Throwable refusal(@Nullable Permit permit) {
    try {
      return permit == null ? null : permit.checkAgain();
    } catch (RuntimeException e) {
      return e;
    }
  }

  private static <T, M> void complete(
      ServerCallStreamObserver<M> observer,
      Function<T, M> message,
      boolean leave,
      Consumer<T> unheard,
      T value,
      @Nullable Throwable failure) {
    // of what goes on without its caller the audit still hears how it ended
    if (leave && observer.isCancelled()) {
      if (failure == null) {
        unheard.accept(value);
      }
      return;
    }
    if (failure != null) {
      observer.onError(StatusMapper.of(failure));
      return;
    }
    M answer;
    try {
      answer = message.apply(value);
    } catch (RuntimeException e) {
      observer.onError(StatusMapper.of(e));
      return;
    }
    try {
      observer.onNext(answer);
    } catch (RuntimeException e) {
      // there is no room for it
      unheard.accept(value);
      observer.onError(StatusMapper.of(e));
      return;
    }
    observer.onCompleted();
  }
}
