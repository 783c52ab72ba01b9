package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReportOutcomeRequest;
import org.jspecify.annotations.Nullable;

/** One that goes to the owner in a message with others. */
final class BatchedCall<Q, A> extends OutgoingCall<Q, A> {
  private final PeerStream stream;
  private int id;

  BatchedCall(
      Owner.At owner,
      MethodDescriptor<Q, A> method,
      PeerLinks.Link link,
      PeerStream stream,
      Caller<Q, A> caller) {
    super(owner, method, link, caller);
    this.stream = stream;
  }

  /**
   * Whether a call is of those that services make most, that are answered soon, and that may be
   * made again when the stream has broken.
   */
  static boolean is(@Nullable Object request) {
    return (request instanceof NextTokenRequest && !Permit.isWait(request))
        || request instanceof ReportOutcomeRequest;
  }

  /**
   * @param from whose it is, as {@link Hop#text} has it
   */
  void start(Q request, String from, Metadata headers) {
    id = stream.add(this, method.getFullMethodName(), from, request, headers);
  }

  @Override
  void cancel(String why) {
    stream.cancel(id);
  }

  @Override
  boolean wasSent() {
    return stream.wasSent();
  }

  @Override
  void goOn() {}

  void answered(PeerAnswer answer) {
    Status status = Status.fromCodeValue(answer.getCode());
    if (!answer.getDescription().isEmpty()) {
      status = status.withDescription(answer.getDescription());
    }
    A message = status.isOk() ? method.parseResponse(answer.getMessage().newInput()) : null;
    ended(message, status, Headers.read(answer.getTrailersList()));
  }

  void ended(@Nullable A answer, Status status, Metadata trailers) {
    link.giveBack();
    caller.ended(this, answer, status, trailers);
  }
}
