package io.tokenbroker.server.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers unary calls from futures. */
final class Answers {
  private Answers() {}

  /**
   * @param call may throw as well as fail; runs on the event loop, so it must not block
   * @param message makes the answer, on the thread that completes the future
   */
  static <T, M> void answer(
      StreamObserver<M> observer, Supplier<CompletableFuture<T>> call, Function<T, M> message) {
    // with a handler, an answer to a caller that has gone is dropped instead of thrown back
    ((ServerCallStreamObserver<M>) observer).setOnCancelHandler(() -> {});
    CompletableFuture<T> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      observer.onError(Statuses.of(e));
      return;
    }
    if (answer.isDone() && !answer.isCompletedExceptionally()) {
      // nearly every call: spares it another future
      complete(observer, message, answer.join(), null);
    } else {
      answer.whenComplete((value, failure) -> complete(observer, message, value, failure));
    }
  }

  private static <T, M> void complete(
      StreamObserver<M> observer, Function<T, M> message, T value, @Nullable Throwable failure) {
    if (failure != null) {
      observer.onError(Statuses.of(failure));
      return;
    }
    M answer;
    try {
      answer = message.apply(value);
    } catch (RuntimeException e) {
      observer.onError(Statuses.of(e));
      return;
    }
    observer.onNext(answer);
    observer.onCompleted();
  }
}
