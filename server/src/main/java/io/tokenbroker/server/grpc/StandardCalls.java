package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
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
  /** Of a request to a standard service. */
  private static final int MAX_BYTES = 4 * 1024;

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
    return new SmallRequests<>(endable, new EndListener<>(listener, () -> open.remove(endable)));
  }

  /** Ends all calls, also those that will still be opened. */
  void close() {
    closed = true;
    open.forEach(EndableCall::end);
  }

  /**
   * Refuses what no caller needs: a health watch keeps the name of its service as long as it lasts,
   * and would otherwise keep as much memory as a request may have.
   */
  private static final class SmallRequests<Q> extends SimpleForwardingServerCallListener<Q> {
    private final EndableCall<Q, ?> call;

    SmallRequests(EndableCall<Q, ?> call, ServerCall.Listener<Q> delegate) {
      super(delegate);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (message instanceof MessageLite request && request.getSerializedSize() > MAX_BYTES) {
        call.close(
            Status.INVALID_ARGUMENT.withDescription(
                "The request must have at most " + MAX_BYTES + " bytes."),
            new Metadata());
      } else {
        super.onMessage(message);
      }
    }
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
