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
public final class TranscodedCall<Q> {
  private final ServerCall<Q, ?> call;
  private final List<ServerStreamTracer> tracers;
  private final Context.CancellableContext context;
  private ServerCall.@Nullable Listener<Q> listener;
  private boolean over;

  private TranscodedCall(
      ServerCall<Q, ?> call, List<ServerStreamTracer> tracers, Context.CancellableContext context) {
    this.call = call;
    this.tracers = tracers;
    this.context = context;
  }

  static <Q, A> TranscodedCall<Q> begin(
      ServerCallHandler<Q, A> handler,
      Metadata headers,
      ServerCall<Q, A> call,
      List<ServerStreamTracer> tracers,
      Context.CancellableContext context) {
    TranscodedCall<Q> begun = new TranscodedCall<>(call, tracers, context);
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

  public void request(Q message) {
    tell(
        heard -> {
          heard.onMessage(message);
          heard.onHalfClose();
        });
  }

  /**
   * What came can't be a request of the method: it is refused where what gRPC could not read is, so
   * that all hear of it who hear of that.
   */
  public void refuse(BrokerException why) {
    ServerCall.Listener<Q> heard = listener;
    if (heard != null && !over) {
      guarded(() -> context.withValue(MalformedRequests.WHY, why).run(() -> nothing(heard)));
    }
  }

  @SuppressWarnings("NullAway") // as MalformedRequests would have it
  private void nothing(ServerCall.Listener<Q> heard) {
    heard.onMessage(null);
    heard.onHalfClose();
  }

  /** There is room for more. */
  public void ready() {
    tell(ServerCall.Listener::onReady);
  }

  /**
   * Its caller has gone, or waits no longer.
   *
   * @param why what it counts as
   */
  public void cancel(Status why) {
    if (!over) {
      over = true;
      last(ServerCall.Listener::onCancel, why);
    }
  }

  /** Its caller has been sent the answer. */
  public void complete(Status status) {
    if (!over) {
      over = true;
      last(ServerCall.Listener::onComplete, status);
    }
  }

  private void last(Consumer<ServerCall.Listener<Q>> word, Status status) {
    ServerCall.Listener<Q> heard = listener;
    if (heard != null) {
      guarded(() -> word.accept(heard));
    }
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
    StatusMapper.close(call, failure);
    // what it has begun would not end by itself
    cancel(failure.getStatus());
  }
}
