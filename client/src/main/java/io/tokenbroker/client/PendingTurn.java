package io.tokenbroker.client;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.util.concurrent.CompletableFuture;

/** Completes a future with the answer of one NextToken. */
final class PendingTurn implements ClientResponseObserver<NextTokenRequest, NextTokenResponse> {
  private final CompletableFuture<Turn> turn = new CompletableFuture<>();

  private PendingTurn() {}

  static CompletableFuture<Turn> call(TokenBrokerGrpc.TokenBrokerStub stub, String account) {
    PendingTurn pending = new PendingTurn();
    stub.nextToken(NextTokenRequest.newBuilder().setAccount(account).build(), pending);
    return pending.turn;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<NextTokenRequest> call) {
    var unused =
        turn.whenComplete(
            (value, error) -> {
              if (turn.isCancelled()) {
                call.cancel("cancelled by the caller", null);
              }
            });
  }

  @Override
  public void onNext(NextTokenResponse response) {
    turn.complete(response.getTurn());
  }

  @Override
  public void onError(Throwable error) {
    turn.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {}
}
