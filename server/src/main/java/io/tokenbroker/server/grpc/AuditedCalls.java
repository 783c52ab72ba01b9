package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Has written down what goes out: acts and their results before the answer, refusals, secrets. It
 * stands around whatever refuses calls.
 */
final class AuditedCalls implements ServerInterceptor {
  private static final Attributes.Key<Origin> ORIGIN =
      Attributes.Key.create("io.tokenbroker.origin");

  private final AuditLog audit;
  private final Supplier<? extends Executor> eventLoop;

  /**
   * @param eventLoop the one that asks
   */
  AuditedCalls(AuditLog audit, Supplier<? extends Executor> eventLoop) {
    this.audit = audit;
    this.eventLoop = eventLoop;
  }

  /** What is the same for all calls of a connection. */
  static ServerTransportFilter origins() {
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes attributes) {
        String from = from(attributes);
        return from.isEmpty()
            ? attributes
            : attributes.toBuilder().set(ORIGIN, new Origin(from)).build();
      }
    };
  }

  static Origin origin(Attributes connection) {
    Origin known = connection.get(ORIGIN);
    return known == null ? Origin.UNKNOWN : known;
  }

  static String from(Attributes attributes) {
    UnixPeer unix = attributes.get(UnixPeer.KEY);
    if (unix != null) {
      return unix.from();
    }
    return attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress peer
            && peer.getAddress() != null
        ? peer.getAddress().getHostAddress()
        : "";
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    InboundCall inbound = InboundCall.current();
    Hop hop = inbound.hop();
    Origin origin = hop != null ? hop.origin() : origin(call.getAttributes());
    if (TokenBrokerAdminGrpc.SERVICE_NAME.equals(method.getServiceName())) {
      AuditedAct<Q, A> act = new AuditedAct<>(call, audit, origin, inbound);
      return act.listener(next.startCall(act, headers), eventLoop.get());
    }
    inbound.keepRequest();
    return next.startCall(new AuditedHandOut<>(call, audit, origin, inbound), headers);
  }
}
