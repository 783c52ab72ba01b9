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
  private static final Attributes.Key<String> FROM = Attributes.Key.create("io.tokenbroker.from");

  private final AuditLog audit;
  private final Supplier<? extends Executor> eventLoop;

  /**
   * @param eventLoop the one that asks
   */
  AuditedCalls(AuditLog audit, Supplier<? extends Executor> eventLoop) {
    this.audit = audit;
    this.eventLoop = eventLoop;
  }

  /** Makes the text of a caller's address once for each connection. */
  static ServerTransportFilter addresses() {
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes attributes) {
        return attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress peer
                && peer.getAddress() != null
            ? attributes.toBuilder().set(FROM, peer.getAddress().getHostAddress()).build()
            : attributes;
      }
    };
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    String from = call.getAttributes().get(FROM);
    Origin origin = Origin.current(from == null ? "" : from);
    if (TokenBrokerAdminGrpc.SERVICE_NAME.equals(method.getServiceName())) {
      AuditedAct<Q, A> act = new AuditedAct<>(call, audit, origin);
      return act.listener(next.startCall(act, headers), eventLoop.get());
    }
    AuditedHandOut<Q, A> handOut = new AuditedHandOut<>(call, audit, origin);
    return handOut.listener(next.startCall(handOut, headers));
  }
}
