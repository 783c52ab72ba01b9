package io.tokenbroker.client;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import org.jspecify.annotations.Nullable;

/** One StreamTokens call: it brings one batch when it starts and one more for each request. */
final class TurnStream
    implements ClientResponseObserver<StreamTokensRequest, StreamTokensResponse> {
  private final TokenSequence sequence;
  private volatile @Nullable ClientCallStreamObserver<StreamTokensRequest> call;

  TurnStream(TokenSequence sequence) {
    this.sequence = sequence;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<StreamTokensRequest> call) {
    call.disableAutoRequestWithInitial(1);
    this.call = call;
  }

  /** Thread-safe; only after the first batch has come, hence after the start of the call. */
  void request() {
    ClientCallStreamObserver<StreamTokensRequest> current = call;
    if (current != null) {
      current.request(1);
    }
  }

  @Override
  public void onNext(StreamTokensResponse batch) {
    sequence.received(batch.getTurnsList());
  }

  @Override
  public void onError(Throwable error) {
    sequence.streamEnded(error);
  }

  @Override
  public void onCompleted() {
    sequence.streamEnded(null);
  }
}
