package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that has begun, to be told what comes of its caller. What fails on the way closes the
 * call, which has to bear being closed twice. Used by one event loop.
 */
public final class OtherCall<Q> {
  private final ServerCall<Q, ?> call;
  private final List<ServerStreamTracer> tracers;
  private final Context.CancellableContext context;
  private ServerCall.@Nullable Listener<Q> listener;
  private boolean over;

  private OtherCall(
      ServerCall<Q, ?> call, List<ServerStreamTracer> tracers, Context.CancellableContext context) {
    this.call = call;
    this.tracers = tracers;
    this.context = context;
  }

  static <Q, A> OtherCall<Q> begin(
      ServerCallHandler<Q, A> handler,
      Metadata headers,
      ServerCall<Q, A> call,
      List<ServerStreamTracer> tracers,
      Context.CancellableContext context) {
    OtherCall<Q> begun = new OtherCall<>(call, tracers, context);
    begun.guarded(() -> begun.listener = handler.startCall(call, headers));
    return begun;
  }

  /** Bytes of the request have come, whether it is whole or not. */
  public void received(long bytes) {
    guarded(() -> tracers.forEach(tracer -> tracer.inboundWireSize(bytes)));
  }

  /** The request is to be read, for which so many bytes of memory are needed. */
  public void reading(long bytes) {
    guarded(() -> tracers.forEach(tracer -> tracer.inboundUncompressedSize(bytes)));
  }

  /**
   * @param message null if what came is none of the method's
   */
  @SuppressWarnings("NullAway") // as MalformedRequests would have it
  public void request(@Nullable Q message) {
    tell(
        heard -> {
          heard.onMessage(message);
          heard.onHalfClose();
        });
  }

  /** What came of the request can't be a request of the method. */
  public void refuse(BrokerException failure) {
    close(failure);
  }

  /** There is room for more. */
  public void ready() {
    tell(ServerCall.Listener::onReady);
  }

  /** Its caller has gone, or waits no longer. */
  public void cancel() {
    if (!over) {
      tell(ServerCall.Listener::onCancel);
      end(Status.CANCELLED);
    }
  }

  /** Its caller has been sent the answer. */
  public void complete(Status status) {
    if (!over) {
      tell(ServerCall.Listener::onComplete);
      end(status);
    }
  }

  private void end(Status status) {
    over = true;
    tracers.forEach(tracer -> tracer.streamClosed(status));
    context.cancel(null);
  }

  private void tell(Consumer<ServerCall.Listener<Q>> news) {
    ServerCall.Listener<Q> heard = listener;
    if (heard != null && !over) {
      guarded(() -> news.accept(heard));
    }
  }

  private void guarded(Runnable action) {
    try {
      context.run(action);
    } catch (RuntimeException e) {
      close(e);
    }
  }

  private void close(RuntimeException cause) {
    StatusRuntimeException failure = StatusMapper.of(cause);
    Metadata trailers = failure.getTrailers();
    call.close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
  }
}
