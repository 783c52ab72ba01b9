package io.tokenbroker.server.abuse;

import com.google.protobuf.Duration;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.WatchAccountRequest;
import java.util.List;

/** 2,000 watchers of an account whose 1,000 tokens are benched by each turn. */
final class ManyWatchers implements Attack {
  private static final String ACCOUNT = "watched";
  private static final int WATCHERS = 2_000;
  private static final int TOKENS = 1_000;
  private static final int CONNECTIONS = 20;

  @Override
  public void prepare(Target target) {
    RateLimit once =
        RateLimit.newBuilder().setCount(1).setWindow(Duration.newBuilder().setSeconds(2)).build();
    target.add(ACCOUNT, TOKENS, 20, TokenLimits.newBuilder().addRates(once).build());
  }

  @Override
  public void run(Target target) throws InterruptedException {
    List<ManagedChannel> channels = target.connect(CONNECTIONS);
    MethodDescriptor<byte[], byte[]> watch = Flood.raw(TokenBrokerGrpc.getWatchAccountMethod());
    byte[] request = WatchAccountRequest.newBuilder().setAccount(ACCOUNT).build().toByteArray();
    for (int i = 0; i < WATCHERS; i++) {
      ClientCalls.asyncServerStreamingCall(
          channels.get(i % CONNECTIONS).newCall(watch, CallOptions.DEFAULT),
          request,
          new Watcher());
    }
    byte[] turn = NextTokenRequest.newBuilder().setAccount(ACCOUNT).build().toByteArray();
    new Flood(target.connect(1), 4)
        .run(target, List.of(Flood.raw(TokenBrokerGrpc.getNextTokenMethod())), i -> turn);
  }

  private record Watcher() implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] state) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
