package io.tokenbroker.server.e2e;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerFutureStub;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerStub;
import io.tokenbroker.v1.Turn;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;

/** Generated stubs on one connection of their own, which never try a call again. */
public final class Caller implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final ManagedChannel channel;

  Caller(String endpoint) {
    this(NettyChannelBuilder.forTarget(endpoint).usePlaintext());
  }

  private Caller(NettyChannelBuilder builder) {
    channel = builder.disableRetry().build();
  }

  /**
   * A caller with a certificate.
   *
   * @param trusted has the CA of the broker, as {@code tls self-signed} makes it
   * @param known has the caller's certificate and key
   * @param who client, admin, or server
   */
  static Caller withTls(String endpoint, Path trusted, Path known, String who) {
    try {
      return new Caller(
          NettyChannelBuilder.forTarget(endpoint)
              .sslContext(
                  GrpcSslContexts.forClient()
                      .trustManager(trusted.resolve("ca.pem").toFile())
                      .keyManager(
                          known.resolve(who + ".pem").toFile(),
                          known.resolve(who + ".key").toFile())
                      .build()));
    } catch (SSLException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A caller whose side takes in no more than this before it is read.
   *
   * @param window bytes
   */
  static Caller withWindow(String endpoint, int window) {
    return new Caller(
        NettyChannelBuilder.forTarget(endpoint).flowControlWindow(window).usePlaintext());
  }

  ManagedChannel channel() {
    return channel;
  }

  public TokenBrokerBlockingStub data() {
    return TokenBrokerGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  TokenBrokerFutureStub futures() {
    return TokenBrokerGrpc.newFutureStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  TokenBrokerStub streams() {
    return TokenBrokerGrpc.newStub(channel);
  }

  public TokenBrokerAdminBlockingStub admin() {
    return TokenBrokerAdminGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  Turn next(String account) {
    return data().nextToken(request(account)).getTurn();
  }

  static NextTokenRequest request(String account) {
    return NextTokenRequest.newBuilder().setAccount(account).build();
  }

  Account account(String account) {
    return admin()
        .getAccount(GetAccountRequest.newBuilder().setAccount(account).build())
        .getAccount();
  }

  /** Adds so many tokens with made-up secrets, all of this weight; returns their ids. */
  public List<String> add(String account, int count, int weight) {
    long series = System.nanoTime();
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    IntStream.range(0, count)
        .mapToObj(i -> Broker.SECRET + account + "-" + series + "-" + i)
        .map(secret -> NewToken.newBuilder().setSecret(secret).setWeight(weight))
        .forEach(request::addTokens);
    return admin().addTokens(request.build()).getResultsList().stream()
        .map(AddTokensResult::getToken)
        .map(token -> token.getTokenId())
        .toList();
  }

  @Override
  public void close() {
    var unused = channel.shutdownNow();
  }
}
