package io.tokenbroker.server.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ServerCall;

/** Tells when a call has ended, whether completed or cancelled. */
final class EndListener<Q> extends SimpleForwardingServerCallListener<Q> {
  private final Runnable onEnd;

  EndListener(ServerCall.Listener<Q> delegate, Runnable onEnd) {
    super(delegate);
    this.onEnd = onEnd;
  }

  @Override
  public void onCancel() {
    onEnd.run();
    super.onCancel();
  }

  @Override
  public void onComplete() {
    onEnd.run();
    super.onComplete();
  }
}
