package io.tokenbroker.server.conformance;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.e2e.Broker;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hands out one token again and again, and fails as it is told. It notes what callers send along.
 */
final class FlakyBroker extends TokenBrokerGrpc.TokenBrokerImplBase
    implements ServerInterceptor, AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Server server;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<Status> failure = new AtomicReference<>(Status.UNKNOWN);
  private final AtomicReference<String> authorization = new AtomicReference<>("");

  FlakyBroker() throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .intercept(this)
            .build()
            .start();
  }

  String endpoint() {
    return "127.0.0.1:" + server.getPort();
  }

  void failNext(String code, int times) {
    failure.set(Status.fromCode(Status.Code.valueOf(code)));
    failures.set(times);
    calls.set(0);
  }

  int takeCalls() {
    return calls.getAndSet(0);
  }

  String authorization() {
    return authorization.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    authorization.set(String.valueOf(headers.get(AUTHORIZATION)));
    return next.startCall(call, headers);
  }

  @Override
  public void nextToken(NextTokenRequest request, StreamObserver<NextTokenResponse> observer) {
    calls.incrementAndGet();
    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      observer.onError(failure.get().asRuntimeException());
      return;
    }
    observer.onNext(
        NextTokenResponse.newBuilder()
            .setTurn(Turn.newBuilder().setTokenId("1").setSecret(Broker.SECRET + 1).setNumber(1))
            .build());
    observer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
