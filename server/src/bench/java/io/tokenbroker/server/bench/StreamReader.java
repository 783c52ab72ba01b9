package io.tokenbroker.server.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.concurrent.CompletableFuture;

/**
 * Reads turns of a stream for some seconds, with the generated asynchronous stub on a direct
 * executor, and prints how many there were in a second.
 *
 * <p>Arguments: the port, the account, the batch size, the seconds.
 */
public final class StreamReader implements StreamObserver<StreamTokensResponse> {
  private final long begin;
  private final long end;
  private final CompletableFuture<Double> rate = new CompletableFuture<>();
  private long turns;

  /** The first third of the time warms both processes up and is not counted. */
  private StreamReader(long seconds) {
    begin = System.nanoTime() + seconds * 1_000_000_000L / 3;
    end = begin + seconds * 1_000_000_000L;
  }

  public static void main(String[] args) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(args[0]))
            .usePlaintext()
            .directExecutor()
            .build();
    StreamReader reader = new StreamReader(Long.parseLong(args[3]));
    TokenBrokerGrpc.newStub(channel)
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount(args[1])
                .setBatchSize(Integer.parseInt(args[2]))
                .build(),
            reader);
    System.out.printf("%.0f%n", reader.rate.join());
    channel.shutdownNow();
  }

  @Override
  public void onNext(StreamTokensResponse batch) {
    long now = System.nanoTime();
    if (now - begin >= 0) {
      turns += batch.getTurnsCount();
    }
    if (now - end >= 0) {
      rate.complete(turns / ((now - begin) / 1e9));
    }
  }

  @Override
  public void onError(Throwable failure) {
    rate.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {
    rate.completeExceptionally(new IllegalStateException("the stream ended"));
  }
}
