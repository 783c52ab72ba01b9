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

/**
 * Reads from the trailers of answers which broker owns the account, so that the next call goes
 * there: the broker that was asked had to hand on this one. Thread-safe.
 */
final class OwnerTrailers implements ClientInterceptor {
  private static final Metadata.Key<String> OWNER =
      Metadata.Key.of("tokenbroker-owner", Metadata.ASCII_STRING_MARSHALLER);

  private final KnownOwners owners = new KnownOwners();

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    String account = options.getOption(Routing.ACCOUNT);
    if (account == null) {
      return next.newCall(method, options);
    }
    return new SimpleForwardingClientCall<>(
        next.newCall(method, options.withOption(Routing.OWNERS, owners))) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                heard(account, status, trailers);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }

  private void heard(String account, Status status, Metadata trailers) {
    String owner = trailers.get(OWNER);
    if (owner != null) {
      owners.learn(account, owner);
    } else if (status.getCode() == Status.Code.UNAVAILABLE) {
      owners.forget(account);
    }
  }
}
