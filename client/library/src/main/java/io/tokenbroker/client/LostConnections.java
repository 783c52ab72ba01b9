package io.tokenbroker.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;

/**
 * Says UNAVAILABLE where grpc-java says UNKNOWN for a connection that broke: a call that was being
 * written to a broker as it was killed (github.com/grpc/grpc-java/issues/10120).
 */
final class LostConnections implements ClientInterceptor {
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<R>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                super.onClose(isLost(status) ? unavailable(status) : status, trailers);
              }
            },
            headers);
      }
    };
  }

  private static boolean isLost(Status status) {
    return status.getCode() == Status.Code.UNKNOWN
        && status.getCause() instanceof ClosedChannelException;
  }

  private static Status unavailable(Status status) {
    return Status.UNAVAILABLE
        .withDescription("the connection to the broker was lost")
        .withCause(status.getCause());
  }
}
