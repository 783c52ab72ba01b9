package io.tokenbroker.client;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** Completes a future with the answer of one unary call. */
final class PendingAnswer<Q, R, V> implements ClientResponseObserver<Q, R> {
  private final CompletableFuture<V> answer = new CompletableFuture<>();
  private final Function<R, V> read;

  private PendingAnswer(Function<R, V> read) {
    this.read = read;
  }

  /** Starts the call; cancelling the future cancels it. */
  static <R, V> CompletableFuture<V> of(Consumer<StreamObserver<R>> call, Function<R, V> read) {
    PendingAnswer<Object, R, V> pending = new PendingAnswer<>(read);
    call.accept(pending);
    return pending.answer;
  }

  /** As above, with the answer as it is. */
  static <R> CompletableFuture<R> of(Consumer<StreamObserver<R>> call) {
    return of(call, Function.identity());
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> call) {
    var unused =
        answer.whenComplete(
            (value, error) -> {
              if (answer.isCancelled()) {
                call.cancel("cancelled by the caller", null);
              }
            });
  }

  @Override
  public void onNext(R response) {
    answer.complete(read.apply(response));
  }

  @Override
  public void onError(Throwable error) {
    answer.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {}
}
