package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Begins calls that may be costly when all is done that came with their request: HTTP/2 lets a
 * caller cancel a call with the frame after its request, and such a call never begins. The short
 * ones, which cost less than a cancelled call does anyway, begin at once.
 */
final class AfterRead implements ServerInterceptor {
  private static final Set<String> SHORT =
      Set.of(
          TokenBrokerGrpc.getNextTokenMethod().getFullMethodName(),
          TokenBrokerGrpc.getReportOutcomeMethod().getFullMethodName(),
          TokenBrokerGrpc.getRequestTurnsMethod().getFullMethodName());

  private final Deferred begin;

  /**
   * @param eventLoop the one that asks
   */
  AfterRead(Supplier<? extends EventExecutor> eventLoop) {
    begin = Deferred.beforeReads(eventLoop);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    // the others are given their messages as these come
    boolean atItsEnd = method.getType().clientSendsOneMessage();
    return !atItsEnd || SHORT.contains(method.getFullMethodName())
        ? listener
        : new DeferredCall<>(call, listener);
  }

  private final class DeferredCall<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private boolean over;

    DeferredCall(ServerCall<Q, ?> call, ServerCall.Listener<Q> delegate) {
      super(delegate);
      this.call = call;
    }

    /** Services begin here, since they have the one message that the request is. */
    @Override
    public void onHalfClose() {
      begin.add(Context.current().wrap(this::begin));
    }

    private void begin() {
      if (over) {
        return;
      }
      try {
        super.onHalfClose();
      } catch (RuntimeException e) {
        StatusMapper.close(call, e);
      }
    }

    @Override
    public void onCancel() {
      over = true;
      super.onCancel();
    }

    @Override
    public void onComplete() {
      over = true;
      super.onComplete();
    }
  }
}
