package io.tokenbroker.server.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.Iterator;

/**
 * Reads turns of a stream for some seconds and prints how many there were in a second.
 *
 * <p>Arguments: the port, the account, the batch size, the seconds.
 */
public final class StreamReader {
  private StreamReader() {}

  public static void main(String[] args) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(args[0]))
            .usePlaintext()
            .build();
    Iterator<StreamTokensResponse> batches =
        TokenBrokerGrpc.newBlockingStub(channel)
            .streamTokens(
                StreamTokensRequest.newBuilder()
                    .setAccount(args[1])
                    .setBatchSize(Integer.parseInt(args[2]))
                    .build());
    long seconds = Long.parseLong(args[3]);
    // the first third warms both processes up and is not counted
    count(batches, seconds * 1_000_000_000L / 3);
    double start = System.nanoTime();
    long turns = count(batches, seconds * 1_000_000_000L);
    System.out.printf("%.0f%n", turns / ((System.nanoTime() - start) / 1e9));
    channel.shutdownNow();
  }

  private static long count(Iterator<StreamTokensResponse> batches, long nanos) {
    long end = System.nanoTime() + nanos;
    long turns = 0;
    while (System.nanoTime() - end < 0) {
      turns += batches.next().getTurnsCount();
    }
    return turns;
  }
}
