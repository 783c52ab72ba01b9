package io.tokenbroker.server.abuse;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The broker under attack.
 *
 * @param httpPort 0 if it has none
 * @param endNanos when the attack is over, by System.nanoTime
 * @param key the caller's own; empty where nobody is asked for one
 */
record Target(int port, int httpPort, long endNanos, String key) {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final int PORTION = 500;
  private static final long PREPARE_SECONDS = 60;

  Target withKey(String other) {
    return new Target(port, httpPort, endNanos, other);
  }

  boolean isOver() {
    return endNanos - System.nanoTime() <= 0;
  }

  void awaitEnd() {
    while (!isOver()) {
      LockSupport.parkNanos(endNanos - System.nanoTime());
    }
  }

  /** A connection of its own, which never tries a call again. */
  ManagedChannel connect() {
    Metadata headers = new Metadata();
    if (!key.isEmpty()) {
      headers.put(AUTHORIZATION, "Bearer " + key);
    }
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(16 * 1024 * 1024)
        .directExecutor()
        .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
        .build();
  }

  List<ManagedChannel> connect(int count) {
    List<ManagedChannel> channels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      channels.add(connect());
    }
    return channels;
  }

  /** Adds tokens with made-up secrets of so many characters. */
  void add(String account, int count, int length, TokenLimits limits) {
    ManagedChannel channel = connect();
    for (int begin = 0; begin < count; begin += PORTION) {
      AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
      for (int i = begin; i < Math.min(count, begin + PORTION); i++) {
        request.addTokens(NewToken.newBuilder().setSecret(secret(i, length)).setLimits(limits));
      }
      var unused =
          TokenBrokerAdminGrpc.newBlockingStub(channel)
              .withDeadlineAfter(PREPARE_SECONDS, TimeUnit.SECONDS)
              .addTokens(request.build());
    }
    var unused = channel.shutdownNow();
  }

  /** One turn in so many milliseconds. */
  static TokenLimits rate(int millis) {
    return TokenLimits.newBuilder()
        .addRates(
            RateLimit.newBuilder()
                .setCount(1)
                .setWindow(Duration.newBuilder().setNanos(millis * 1_000_000)))
        .build();
  }

  static String secret(long number, int length) {
    String start = "made-up-" + number + "-";
    return start + "x".repeat(Math.max(0, length - start.length()));
  }
}
