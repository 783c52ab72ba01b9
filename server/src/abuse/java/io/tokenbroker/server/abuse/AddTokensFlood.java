package io.tokenbroker.server.abuse;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** 400 valid AddTokens of 3.9 MB, one per 25 ms, each to an account of its own. */
final class AddTokensFlood implements Attack {
  private static final int CALLS = 400;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final int TOKENS = 60;
  private static final int SECRET_LENGTH = 65_000;

  @Override
  public void run(Target target) {
    ManagedChannel channel = target.connect();
    TokenBrokerAdminGrpc.TokenBrokerAdminStub admin = TokenBrokerAdminGrpc.newStub(channel);
    long next = System.nanoTime();
    for (int call = 0; call < CALLS && !target.isOver(); call++) {
      AddTokensRequest.Builder request =
          AddTokensRequest.newBuilder().setAccount("flooded-" + call);
      for (int i = 0; i < TOKENS; i++) {
        request.addTokens(
            NewToken.newBuilder()
                .setSecretBytes(
                    ByteString.copyFromUtf8(
                        Target.secret(call * (long) TOKENS + i, SECRET_LENGTH))));
      }
      admin.addTokens(request.build(), new Ignored<AddTokensResponse>());
      next += PAUSE_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
    target.awaitEnd();
  }

  private static final class Ignored<A> implements StreamObserver<A> {
    @Override
    public void onNext(A answer) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
