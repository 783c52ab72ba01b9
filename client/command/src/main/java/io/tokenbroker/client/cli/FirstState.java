package io.tokenbroker.client.cli;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The state of an account: the first one of a watch, which is then cancelled. So it costs the same
 * however fast the account changes.
 */
final class FirstState
    implements ClientResponseObserver<WatchAccountRequest, WatchAccountResponse> {
  private final CompletableFuture<AccountState> state = new CompletableFuture<>();
  private @Nullable ClientCallStreamObserver<WatchAccountRequest> call;

  private FirstState() {}

  /** Fails with a StatusRuntimeException. */
  static CompletableFuture<AccountState> of(
      TokenBrokerClient client, String account, Duration timeout) {
    FirstState first = new FirstState();
    TokenBrokerGrpc.newStub(client.channel())
        .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .watchAccount(WatchAccountRequest.newBuilder().setAccount(account).build(), first);
    return first.state;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchAccountRequest> started) {
    call = started;
  }

  @Override
  public void onNext(WatchAccountResponse response) {
    if (state.complete(response.getState()) && call != null) {
      call.cancel("seen", null);
    }
  }

  @Override
  public void onError(Throwable error) {
    state.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {
    state.completeExceptionally(
        Status.UNAVAILABLE.withDescription("the watch ended early").asRuntimeException());
  }
}
