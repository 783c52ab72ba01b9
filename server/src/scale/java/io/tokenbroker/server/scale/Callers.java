package io.tokenbroker.server.scale;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** NextToken over several connections, so many calls open at once. */
final class Callers implements AutoCloseable {
  private static final int CONNECTIONS = 8;
  private static final int OPEN = 128;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final int PORTION = 500;

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Map<String, Long> failed = new ConcurrentHashMap<>();

  Callers(int port) {
    for (int i = 0; i < CONNECTIONS; i++) {
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .usePlaintext()
              .directExecutor()
              .build());
    }
  }

  /** How many calls failed so far, by what they were told. */
  Map<String, Long> failed() {
    return Map.copyOf(failed);
  }

  /**
   * So many calls, as fast as they go.
   *
   * @return how long each took, in nanoseconds
   */
  long[] calls(int count, IntFunction<String> account) throws InterruptedException {
    long[] nanos = new long[count];
    Semaphore open = new Semaphore(OPEN);
    for (int i = 0; i < count; i++) {
      open.acquire();
      int call = i;
      long begin = System.nanoTime();
      next(
          i,
          account.apply(i),
          () -> {
            nanos[call] = System.nanoTime() - begin;
            open.release();
          });
    }
    open.acquire(OPEN);
    return nanos;
  }

  /** One call at a time every 2 ms, on one connection; begin and duration of each. */
  Queue<long[]> paced(double seconds, String account) {
    Queue<long[]> samples = new ConcurrentLinkedQueue<>();
    long start = System.nanoTime();
    for (long due = start; due - start < (long) (seconds * 1e9); due += PACE_NANOS) {
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      // from when it was due: a call that had to wait for another waited too
      long begin = due;
      next(0, account, () -> samples.add(new long[] {begin, System.nanoTime() - begin}));
    }
    return samples;
  }

  private void next(int number, String account, Runnable done) {
    TokenBrokerGrpc.newStub(channels.get(number % CONNECTIONS))
        .nextToken(
            NextTokenRequest.newBuilder().setAccount(account).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(NextTokenResponse answer) {}

              @Override
              public void onError(Throwable failure) {
                failed.merge(Status.fromThrowable(failure).toString(), 1L, Long::sum);
                done.run();
              }

              @Override
              public void onCompleted() {
                done.run();
              }
            });
  }

  /** The id of an account's next token. */
  String nextId(String account) {
    return TokenBrokerGrpc.newBlockingStub(channels.get(0))
        .nextToken(NextTokenRequest.newBuilder().setAccount(account).build())
        .getTurn()
        .getTokenId();
  }

  void refresh(String account) {
    var unused =
        TokenBrokerAdminGrpc.newBlockingStub(channels.get(0))
            .refreshAccount(RefreshAccountRequest.newBuilder().setAccount(account).build());
  }

  /** As an import does; tells how many seconds it took. */
  double add(String account, int tokens) {
    long begin = System.nanoTime();
    for (int from = 0; from < tokens; from += PORTION) {
      AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
      for (int i = from; i < Math.min(tokens, from + PORTION); i++) {
        request.addTokens(NewToken.newBuilder().setSecret("made-up-" + account + "-" + i));
      }
      var unused = TokenBrokerAdminGrpc.newBlockingStub(channels.get(0)).addTokens(request.build());
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public void close() {
    for (ManagedChannel channel : channels) {
      var unused = channel.shutdownNow();
    }
  }
}
