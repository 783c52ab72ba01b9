package io.tokenbroker.server.abuse;

import com.google.protobuf.MessageLite;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A caller that is known, and takes all that it can get: turns, places in the line of the scarce
 * account, streams, leases of made-up holders, connections; and tries keys that there are not.
 */
final class BadCaller implements Attack {
  private static final int CONNECTIONS = 1_200;
  private static final NextTokenRequest TURN =
      NextTokenRequest.newBuilder().setAccount(GoodCallers.SHARED).build();

  @Override
  public void run(Target target) {
    List<ManagedChannel> few = target.connect(10);
    flood(target, few, 200, TokenBrokerGrpc.getNextTokenMethod(), i -> TURN);
    flood(target, few, 4_000, TokenBrokerGrpc.getNextTokenMethod(), i -> waiter());
    flood(target, few, 2_000, TokenBrokerGrpc.getStreamTokensMethod(), BadCaller::stream);
    flood(target, few, 200, TokenBrokerGrpc.getAcquireLeaseMethod(), BadCaller::lease);
    Target stranger = target.withKey("tbk_" + "x".repeat(43));
    flood(stranger, stranger.connect(5), 100, TokenBrokerGrpc.getNextTokenMethod(), i -> TURN);
    flood(
        target,
        target.connect(CONNECTIONS),
        CONNECTIONS,
        TokenBrokerGrpc.getNextTokenMethod(),
        i -> TURN);
    target.awaitEnd();
  }

  private static NextTokenRequest waiter() {
    return NextTokenRequest.newBuilder().setAccount(GoodCallers.SCARCE).setWait(true).build();
  }

  private static StreamTokensRequest stream(long number) {
    return StreamTokensRequest.newBuilder()
        .setAccount(GoodCallers.SCARCE)
        .setDemand(1_000_000)
        .setStreamId("bad-" + number)
        .build();
  }

  private static AcquireLeaseRequest lease(long number) {
    return AcquireLeaseRequest.newBuilder()
        .setAccount(GoodCallers.LEASED)
        .setHolder("made-up-" + number)
        .build();
  }

  private static void flood(
      Target target,
      List<ManagedChannel> channels,
      int atOnce,
      MethodDescriptor<?, ?> method,
      LongFunction<? extends MessageLite> request) {
    Flood flood = new Flood(channels, atOnce);
    Thread thread =
        new Thread(
            () -> {
              try {
                flood.run(target, List.of(Flood.raw(method)), i -> request.apply(i).toByteArray());
              } catch (InterruptedException e) {
                // the end
              }
            },
            method.getBareMethodName());
    thread.setDaemon(true);
    thread.start();
  }
}
