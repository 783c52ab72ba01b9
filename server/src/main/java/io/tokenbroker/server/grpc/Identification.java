package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.tokenbroker.server.security.Caller;

/** Finds out who calls, before anything of the request is looked at. */
final class Identification implements ServerInterceptor {
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    InboundCall.current().identify(Caller.LOCAL);
    return next.startCall(call, headers);
  }
}
