package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Begins calls that may be costly when all is done that came with their request: HTTP/2 lets a
 * caller cancel a call with the frame after its request, and such a call never begins. The short
 * ones, which cost less than a cancelled call does anyway, begin at once. Streams go on by turns,
 * and all of a loop get as much of its time as the calls that begin: they never have enough.
 */
final class AfterRead implements ServerInterceptor {
  private static final Set<String> SHORT =
      Set.of(
          TokenBrokerGrpc.getNextTokenMethod().getFullMethodName(),
          TokenBrokerGrpc.getReportOutcomeMethod().getFullMethodName(),
          TokenBrokerGrpc.getRequestTurnsMethod().getFullMethodName());

  private final Supplier<? extends EventExecutor> eventLoop;

  // an entry for each event loop
  private final Map<EventExecutor, Deferred> begin = new ConcurrentHashMap<>();
  private final Map<EventExecutor, Deferred> goOn = new ConcurrentHashMap<>();

  /**
   * @param eventLoop the one that asks
   */
  AfterRead(Supplier<? extends EventExecutor> eventLoop) {
    this.eventLoop = eventLoop;
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

  private void defer(Map<EventExecutor, Deferred> to, Runnable action) {
    to.computeIfAbsent(eventLoop.get(), Deferred::new).add(Context.current().wrap(action));
  }

  /**
   * The calls of one event loop that are to begin, or to go on, in their order: for about a
   * millisecond, then the loop sees to its connections again. Used by its thread alone.
   */
  private static final class Deferred implements Runnable {
    private static final long MOST_NANOS = 1_000_000;

    private final EventExecutor loop;
    private final Queue<Runnable> calls = new ArrayDeque<>();
    private boolean due;

    Deferred(EventExecutor loop) {
      this.loop = loop;
    }

    void add(Runnable call) {
      calls.add(call);
      if (!due) {
        due = true;
        loop.execute(this);
      }
    }

    @Override
    public void run() {
      long begun = System.nanoTime();
      try {
        Runnable call = calls.poll();
        while (call != null) {
          call.run();
          call = System.nanoTime() - begun < MOST_NANOS ? calls.poll() : null;
        }
      } finally {
        due = !calls.isEmpty();
        if (due) {
          // what is scheduled comes after the next look at the connections, what is executed before
          var unused = loop.schedule(this, 0, TimeUnit.NANOSECONDS);
        }
      }
    }
  }

  private final class DeferredCall<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private boolean goesOn;
    private boolean over;

    DeferredCall(ServerCall<Q, ?> call, ServerCall.Listener<Q> delegate) {
      super(delegate);
      this.call = call;
    }

    /** Services begin here, since they have the one message that the request is. */
    @Override
    public void onHalfClose() {
      defer(begin, () -> unlessOver(super::onHalfClose));
    }

    @Override
    public void onReady() {
      if (call.getMethodDescriptor().getType().serverSendsOneMessage()) {
        super.onReady();
      } else if (!goesOn) {
        goesOn = true;
        defer(goOn, this::goOn);
      }
    }

    private void goOn() {
      goesOn = false;
      unlessOver(super::onReady);
    }

    private void unlessOver(Runnable word) {
      if (over) {
        return;
      }
      try {
        word.run();
      } catch (RuntimeException e) {
        StatusRuntimeException failure = StatusMapper.of(e);
        Metadata trailers = failure.getTrailers();
        call.close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
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
