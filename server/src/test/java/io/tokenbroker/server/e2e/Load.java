package io.tokenbroker.server.e2e;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TokenSequence;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Calls and streams of one account, each of which goes on until it fails. */
final class Load implements AutoCloseable {
  final Queue<Throwable> failedCalls = new ConcurrentLinkedQueue<>();
  final Queue<Throwable> failedStreams = new ConcurrentLinkedQueue<>();

  /** Those that have not failed yet. */
  final AtomicInteger running = new AtomicInteger();

  /** The number of the newest turn that anybody got. */
  final AtomicLong highest = new AtomicLong();

  /** How many calls were answered. */
  final AtomicLong answers = new AtomicLong();

  private final String account;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Load(String account) {
    this.account = account;
  }

  private void got(long number) {
    highest.accumulateAndGet(number, Math::max);
  }

  /** NextToken without retries. */
  void call(Caller caller) {
    start(() -> got(caller.next(account).getNumber()));
  }

  /** NextToken with the retries of the client library. */
  void call(TokenBrokerClient client) {
    start(() -> got(client.nextToken(account).getNumber()));
  }

  private void start(Runnable call) {
    running.incrementAndGet();
    threads.execute(
        () -> {
          try {
            while (true) {
              call.run();
              answers.incrementAndGet();
            }
          } catch (RuntimeException e) {
            failedCalls.add(e);
          }
          running.decrementAndGet();
        });
  }

  /** StreamTokens, read at a moderate pace. */
  void stream(Caller caller) {
    running.incrementAndGet();
    caller
        .streams()
        .streamTokens(
            StreamTokensRequest.newBuilder().setAccount(account).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(StreamTokensResponse batch) {
                got(batch.getTurns(batch.getTurnsCount() - 1).getNumber());
                LockSupport.parkNanos(1_000_000);
              }

              @Override
              public void onError(Throwable failure) {
                failedStreams.add(failure);
                running.decrementAndGet();
              }

              @Override
              public void onCompleted() {
                onError(new AssertionError("a stream without limit has ended well"));
              }
            });
  }

  /** The client library's sequence, until it has been cut off for a while. */
  void take(TokenBrokerClient client) {
    running.incrementAndGet();
    threads.execute(
        () -> {
          try (TokenSequence sequence = client.stream(account)) {
            while (true) {
              got(sequence.take(Duration.ofSeconds(2)).getNumber());
              LockSupport.parkNanos(100_000);
            }
          } catch (TimeoutException e) {
            failedStreams.add(e.getCause() instanceof StatusRuntimeException cut ? cut : e);
          } catch (InterruptedException | RuntimeException e) {
            failedStreams.add(e);
          }
          running.decrementAndGet();
        });
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
