package io.tokenbroker.server.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Streams that have room for more go on in turn, behind what else their event loop has to do: most
 * never have enough, and whatever is between would wait for all of them.
 */
final class StreamsInTurn implements ServerInterceptor {
  private final Deferred goOn;

  /**
   * @param eventLoop the one that asks
   */
  StreamsInTurn(Supplier<? extends EventExecutor> eventLoop) {
    goOn = Deferred.behindReads(eventLoop);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    return call.getMethodDescriptor().getType() == MethodType.SERVER_STREAMING
        ? new Stream<>(call, listener)
        : listener;
  }

  /** A place in the line, which keeps nothing of a stream that has ended. */
  private static final class Place implements Runnable {
    private @Nullable Runnable action;

    Place(Runnable action) {
      this.action = action;
    }

    void giveUp() {
      action = null;
    }

    @Override
    public void run() {
      if (action != null) {
        action.run();
      }
    }
  }

  private final class Stream<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private boolean begun;
    private @Nullable Place place;

    Stream(ServerCall<Q, ?> call, ServerCall.Listener<Q> delegate) {
      super(delegate);
      this.call = call;
    }

    @Override
    public void onHalfClose() {
      begun = true;
      super.onHalfClose();
    }

    @Override
    public void onReady() {
      if (!begun) {
        super.onReady();
      } else if (place == null) {
        place = new Place(Context.current().wrap(this::goOn));
        goOn.add(place);
      }
    }

    private void goOn() {
      place = null; // whatever comes from now on is another reason to go on
      try {
        super.onReady();
      } catch (RuntimeException e) {
        StatusMapper.close(call, e);
      }
    }

    private void end() {
      if (place != null) {
        place.giveUp();
      }
    }

    @Override
    public void onCancel() {
      end();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      end();
      super.onComplete();
    }
  }
}
