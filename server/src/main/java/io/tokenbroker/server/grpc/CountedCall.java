package io.tokenbroker.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import org.jspecify.annotations.Nullable;

/**
 * A call whose answers count as unsent until they are gone: that of a unary call with its end,
 * those of a stream when it is ready for more. A stream that is open goes on, for it sends only
 * what its reader has room for.
 */
final class CountedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private final UnsentAnswers.Outbox connection;
  private final Runnable onEnd;
  private final @Nullable SizedCall<A> sized;

  /** Of a stream of answers to one request, in bytes; else 0. */
  private final int window;

  @GuardedBy("this")
  private long held;

  @GuardedBy("this")
  private boolean ended;

  /**
   * @param onEnd is run once, when it is over
   */
  CountedCall(ServerCall<Q, A> call, UnsentAnswers.Outbox connection, Runnable onEnd) {
    super(call);
    this.connection = connection;
    this.onEnd = onEnd;
    this.sized = sized(call);
    // not where each answer was asked for: a peer's stream of calls must not be held up by others
    if (call.getMethodDescriptor().getType() == MethodType.SERVER_STREAMING) {
      window = connection.takeWindow();
      call.setOnReadyThreshold(window);
    } else {
      window = 0;
    }
  }

  @SuppressWarnings("unchecked") // it is this very call
  private static <A> @Nullable SizedCall<A> sized(ServerCall<?, A> call) {
    return call instanceof SizedCall<?> ? (SizedCall<A>) call : null;
  }

  private int size(A message) {
    if (sized != null) {
      return sized.size(message);
    }
    return message instanceof MessageLite answer ? answer.getSerializedSize() : 0;
  }

  /** Throws a failure if there is no room: the message is not sent, and the call is still open. */
  @Override
  public void sendMessage(A message) {
    int size = size(message);
    if (size <= UnsentAnswers.SMALL) {
      super.sendMessage(message);
      return;
    }
    boolean stream = !getMethodDescriptor().getType().serverSendsOneMessage();
    if (!count(size, stream)) {
      throw connection.refusal();
    }
    super.sendMessage(message);
    if (stream && isReady()) {
      release();
    }
  }

  private boolean refuseIfFull() {
    if (!connection.isFull()) {
      return false;
    }
    connection.refuse(this);
    return true;
  }

  private synchronized boolean count(int size, boolean always) {
    if (ended) {
      return true;
    }
    if (always) {
      connection.add(size);
    } else if (!connection.tryAdd(size)) {
      return false;
    }
    held += size;
    return true;
  }

  private synchronized void release() {
    if (held > 0) {
      connection.add(-held);
      held = 0;
    }
  }

  private void cancel() {
    synchronized (this) {
      ended = true;
      if (held > 0) {
        connection.cancel(held);
        held = 0;
      }
    }
    end();
  }

  /** To be called once; nothing of it waits any more. */
  void end() {
    connection.giveBackWindow(window);
    onEnd.run();
  }

  /** Hears when what was sent is gone. */
  static final class Listener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final CountedCall<Q, ?> call;

    Listener(ServerCall.Listener<Q> delegate, CountedCall<Q, ?> call) {
      super(delegate);
      this.call = call;
    }

    @Override
    public void onReady() {
      if (!call.getMethodDescriptor().getType().serverSendsOneMessage()) {
        call.release();
      }
      super.onReady();
    }

    /** Looks again: others may have begun since this one came. */
    @Override
    public void onHalfClose() {
      boolean atItsEnd = call.getMethodDescriptor().getType().clientSendsOneMessage();
      if (!atItsEnd || !call.refuseIfFull()) {
        super.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      call.cancel();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      call.release();
      call.end();
      super.onComplete();
    }
  }
}
