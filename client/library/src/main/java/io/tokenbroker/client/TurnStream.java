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
  private @Nullable ClientCallStreamObserver<StreamTokensRequest> starting;
  private volatile @Nullable ClientCallStreamObserver<StreamTokensRequest> call;
  private volatile @Nullable Throwable lost;

  TurnStream(TokenSequence sequence) {
    this.sequence = sequence;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<StreamTokensRequest> call) {
    starting = call;
  }

  /** The call has begun: only now may it be cancelled. */
  void begun() {
    call = starting;
    cancelIfLost();
  }

  /**
   * Ends a call that could not be asked for more; the broker may have it no longer. One that is
   * still to begin ends then: a turn may be taken, and more be asked for, before it has.
   */
  void cancel(Throwable cause) {
    lost = cause;
    cancelIfLost();
  }

  private void cancelIfLost() {
    ClientCallStreamObserver<StreamTokensRequest> current = call;
    Throwable cause = lost;
    if (current != null && cause != null) {
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
