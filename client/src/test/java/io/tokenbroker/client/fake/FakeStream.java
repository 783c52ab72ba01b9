package io.tokenbroker.client.fake;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** One StreamTokens call, seen from the broker. */
public final class FakeStream {
  public final StreamTokensRequest request;
  public final CountDownLatch cancelled = new CountDownLatch(1);

  /** How many turns were written. */
  public final AtomicLong sent = new AtomicLong();

  private final FakeTokens tokens;
  private final ServerCallStreamObserver<StreamTokensResponse> answer;

  FakeStream(
      FakeTokens tokens, StreamTokensRequest request, StreamObserver<StreamTokensResponse> answer) {
    this.tokens = tokens;
    this.request = request;
    this.answer = (ServerCallStreamObserver<StreamTokensResponse>) answer;
    this.answer.setOnCancelHandler(cancelled::countDown);
  }

  /** Writes full batches whenever the reader has room for one, up to the limit. */
  public void supply() {
    supply(Long.MAX_VALUE, () -> {});
  }

  /** Writes full batches as long as the reader has room, and does something after so many. */
  public void supply(long batches, Runnable then) {
    AtomicLong left = new AtomicLong(batches);
    answer.setOnReadyHandler(
        () -> {
          while (left.get() > 0 && answer.isReady() && !answer.isCancelled()) {
            batch(request.getBatchSize());
            if (left.decrementAndGet() == 0) {
              then.run();
            }
          }
        });
  }

  /** Writes full batches until the reader has no room. */
  public void supplyNow() {
    while (answer.isReady()) {
      batch(request.getBatchSize());
    }
  }

  /** Writes so many turns at once, at most up to the limit, which ends the stream. */
  public void batch(int size) {
    long limit = request.getLimit() == 0 ? Long.MAX_VALUE : request.getLimit();
    int count = (int) Math.min(size, limit - sent.get());
    if (count == 0) {
      return;
    }
    sent.addAndGet(count);
    answer.onNext(StreamTokensResponse.newBuilder().addAllTurns(tokens.turns(count)).build());
    if (sent.get() == limit) {
      answer.onCompleted();
    }
  }

  /** Writes so many turns at once, whatever the limit says. */
  public void batchWithoutEnd(int size) {
    sent.addAndGet(size);
    answer.onNext(StreamTokensResponse.newBuilder().addAllTurns(tokens.turns(size)).build());
  }

  public void fail(Throwable error) {
    answer.onError(error);
  }

  public void complete() {
    answer.onCompleted();
  }
}
