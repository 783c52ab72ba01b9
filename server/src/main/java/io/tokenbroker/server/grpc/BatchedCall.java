package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.tokenbroker.peer.v1.PeerAnswer;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReportOutcomeRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One that goes to the owner in a message with others. */
final class BatchedCall<Q, A> extends OutgoingCall<Q, A> {
  private static final Logger log = LoggerFactory.getLogger(BatchedCall.class);

  /** In bytes. What is bigger has a call of its own, which fails alone if it is too big. */
  private static final int MOST_BYTES = 4 * 1024;

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
   * Whether a call is of those that services make most, that are small, that are answered soon, and
   * that may be made again when the stream has broken.
   */
  static boolean is(@Nullable Object request) {
    return ((request instanceof NextTokenRequest && !Permit.isWait(request))
            || request instanceof ReportOutcomeRequest)
        && ((MessageLite) request).getSerializedSize() <= MOST_BYTES;
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

  /** Throws nothing: others have come with it. */
  void answered(PeerAnswer answer) {
    Status status = Status.fromCodeValue(answer.getCode());
    if (!answer.getDescription().isEmpty()) {
      status = status.withDescription(answer.getDescription());
    }
    A message = null;
    try {
      message = status.isOk() ? method.parseResponse(answer.getMessage().newInput()) : null;
    } catch (RuntimeException e) {
      status = Status.INTERNAL.withDescription("The answer of the account's broker can't be read.");
    }
    ended(message, status, Headers.read(answer.getTrailersList()));
  }

  /** The same. */
  void ended(@Nullable A answer, Status status, Metadata trailers) {
    link.giveBack();
    try {
      caller.ended(this, answer, status, trailers);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a call that was handed on could not be ended");
    }
  }
}
