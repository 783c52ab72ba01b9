package io.tokenbroker.client.cli;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;

/** Remembers which call was made last, for who has to tell what may have become of it. */
final class LastCall implements ClientInterceptor {
  private volatile String method = "";

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> called, CallOptions options, Channel next) {
    method = String.valueOf(called.getBareMethodName());
    return next.newCall(called, options);
  }

  /** Such as DeleteAccount; empty if there was none. */
  String method() {
    return method;
  }
}
