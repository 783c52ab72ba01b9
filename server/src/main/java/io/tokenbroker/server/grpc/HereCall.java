package io.tokenbroker.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/** What the services of this broker get to see of an {@link OwnedCall}. */
final class HereCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private final OwnedCall<Q, A> owned;
  private final String instead;

  /**
   * @param instead of which owner, that can't be reached; empty if this broker owns the account
   */
  HereCall(OwnedCall<Q, A> owned, ServerCall<Q, A> call, String instead) {
    super(call);
    this.owned = owned;
    this.instead = instead;
  }

  /** There is one request, and it has come. */
  @Override
  public void request(int messages) {}

  @Override
  public void sendHeaders(Metadata headers) {
    if (owned.beginsAnswer()) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public void sendMessage(A message) {
    super.sendMessage(message);
    owned.sent(message);
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (instead.isEmpty() && owned.goesOn(status, trailers)) {
      return;
    }
    Metadata told = trailers;
    if (!status.isOk()) {
      told = new Metadata(); // that of a failure may be another call's too
      told.merge(trailers);
    }
    owned.ends(status, told, instead);
    super.close(status, told);
  }
}
