package io.tokenbroker.server.rpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open calls of the standard services, so that a drain can end them: a health watch would
 * otherwise stay open, and hold up the drain, for the whole grace. Thread-safe.
 */
final class StandardCalls implements ServerInterceptor {
  private final Set<EndableCall<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    EndableCall<Q, A> endable = new EndableCall<>(call);
    open.add(endable);
    ServerCall.Listener<Q> listener = next.startCall(endable, headers);
    if (closed) {
      endable.end();
    }
    return new EndListener<>(listener, () -> open.remove(endable));
  }

  /** Ends all calls, also those that will still be opened. */
  void close() {
    closed = true;
    open.forEach(EndableCall::end);
  }

  /** A call that two threads may use: its service's and the one that drains. */
  private static final class EndableCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private boolean closed;

    EndableCall(ServerCall<Q, A> call) {
      super(call);
    }

    void end() {
      close(Status.UNAVAILABLE.withDescription("The broker is shutting down."), new Metadata());
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }
  }
}
