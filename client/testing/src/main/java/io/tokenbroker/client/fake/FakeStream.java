package io.tokenbroker.client.fake;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** One StreamTokens call, seen from the broker. */
public final class FakeStream {
  public final StreamTokensRequest request;
  public final CountDownLatch cancelled = new CountDownLatch(1);

  /** How many turns were written. */
  public final AtomicLong sent = new AtomicLong();

  /** What was asked for after the stream was opened. */
  public final List<Long> requests = new CopyOnWriteArrayList<>();

  private long asked;
  private Runnable onDemand = () -> {};
  private final FakeTokens tokens;
  private final ServerCallStreamObserver<StreamTokensResponse> answer;

  FakeStream(
      FakeTokens tokens, StreamTokensRequest request, StreamObserver<StreamTokensResponse> answer) {
    this.tokens = tokens;
    this.request = request;
    this.asked = request.getDemand();
    this.answer = (ServerCallStreamObserver<StreamTokensResponse>) answer;
    this.answer.setOnCancelHandler(cancelled::countDown);
  }

  /** Writes what is asked for, in full batches as far as it goes, up to the limit. */
  public void supply() {
    supply(Long.MAX_VALUE, () -> {});
  }

  /** The same, and does something after so many batches. */
  public synchronized void supply(long batches, Runnable then) {
    AtomicLong left = new AtomicLong(batches);
    onDemand =
        () -> {
          while (left.get() > 0 && demand() > 0 && !answer.isCancelled()) {
            supplyBatch();
            if (left.decrementAndGet() == 0) {
              then.run();
            }
          }
        };
    onDemand.run();
  }

  /** Writes what is asked for now. */
  public synchronized void supplyNow() {
    while (demand() > 0) {
      supplyBatch();
    }
  }

  private void supplyBatch() {
    batch((int) Math.min(request.getBatchSize(), demand()));
  }

  /** How many turns were asked for and not written, as far as the limit allows. */
  private long demand() {
    long limit = request.getLimit() == 0 ? Long.MAX_VALUE : request.getLimit();
    return Math.min(asked, limit) - sent.get();
  }

  synchronized void request(long count) {
    asked += count;
    requests.add(count);
    onDemand.run();
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
