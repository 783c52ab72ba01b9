package io.tokenbroker.server.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Keeps from the services what has been refused by its {@link InboundCall}. */
final class InboundCalls implements ServerInterceptor {
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    InboundCall inbound = InboundCall.current();
    if (!inbound.begin(call)) {
      return new ServerCall.Listener<>() {};
    }
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onMessage(Q message) {
        if (inbound.admits(message)) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!inbound.isRefused()) {
          super.onHalfClose();
        }
      }
    };
  }
}
