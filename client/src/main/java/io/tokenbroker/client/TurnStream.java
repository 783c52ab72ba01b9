package io.tokenbroker.client;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One StreamTokens call: it brings as many turns as it is asked for. */
final class TurnStream
    implements ClientResponseObserver<StreamTokensRequest, StreamTokensResponse> {
  /** By which more turns are asked for. */
  final String id = UUID.randomUUID().toString();

  private final TokenSequence sequence;
  private volatile @Nullable ClientCallStreamObserver<StreamTokensRequest> call;

  TurnStream(TokenSequence sequence) {
    this.sequence = sequence;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<StreamTokensRequest> call) {
    this.call = call;
  }

  /** Ends a call that could not be asked for more; the broker may have it no longer. */
  void cancel(Throwable cause) {
    ClientCallStreamObserver<StreamTokensRequest> current = call;
    if (current != null) {
      current.cancel("no more turns could be asked for", cause);
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
