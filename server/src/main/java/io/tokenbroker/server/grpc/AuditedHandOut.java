package io.tokenbroker.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.Recipient;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.NextTokensResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.Turn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call that may hand out secrets: what has gone out is put down, to be written within a second. A
 * message that could not be sent throws, and is not.
 */
final class AuditedHandOut<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private final AuditLog audit;
  private final Origin origin;
  private final InboundCall inbound;
  private @Nullable Recipient recipient;

  /**
   * @param inbound the same call, which keeps its request
   */
  AuditedHandOut(ServerCall<Q, A> call, AuditLog audit, Origin origin, InboundCall inbound) {
    super(call);
    this.audit = audit;
    this.origin = origin;
    this.inbound = inbound;
  }

  @Override
  public void sendMessage(A message) {
    if (inbound.isAnsweredElsewhere()) {
      super.sendMessage(message);
    } else if (message instanceof NextTokenResponse next) {
      requireWritable();
      super.sendMessage(message);
      Turn turn = next.getTurn();
      audit.turn(recipient(), turn.getTokenId(), turn.getNumber());
    } else if (message instanceof StreamTokensResponse stream) {
      requireWritable();
      super.sendMessage(message);
      turns(stream.getTurnsList());
    } else if (message instanceof NextTokensResponse several) {
      requireWritable();
      super.sendMessage(message);
      turns(several.getTurnsList());
    } else {
      if (AuditedLeases.handsOut(message)) {
        requireWritable();
      }
      super.sendMessage(message);
      new AuditedLeases(audit, Named.caller(inbound), origin).sent(inbound.request(), message);
    }
  }

  private void turns(List<Turn> turns) {
    Recipient to = recipient();
    for (Turn turn : turns) {
      audit.turn(to, turn.getTokenId(), turn.getNumber());
    }
  }

  private void requireWritable() {
    if (audit.refusesSecrets()) {
      throw AuditRefusal.handOut();
    }
  }

  private Recipient recipient() {
    Recipient known = recipient;
    if (known == null) {
      known = recipient(inbound.request());
      recipient = known;
    }
    return known;
  }

  private Recipient recipient(@Nullable Object asked) {
    String name = Named.caller(inbound);
    if (asked instanceof NextTokenRequest one) {
      return origin.recipient(name, one.getAccount(), one.getScope());
    }
    if (asked instanceof StreamTokensRequest stream) {
      return origin.recipient(name, stream.getAccount(), stream.getScope());
    }
    if (asked instanceof NextTokensRequest several) {
      return origin.recipient(name, several.getAccount(), several.getScope());
    }
    throw new IllegalStateException("turns that nobody has asked for");
  }

  /** A refusal is answered when it is written, any other end at once. */
  @Override
  public void close(Status status, Metadata trailers) {
    if (AuditRefusal.is(status) && !inbound.isAnsweredElsewhere()) {
      audit.refused(
          AuditRefusal.of(
              Named.caller(inbound),
              origin.from(),
              getMethodDescriptor(),
              inbound.request(),
              status,
              trailers),
          written -> super.close(status, trailers));
    } else {
      super.close(status, trailers);
    }
  }
}
