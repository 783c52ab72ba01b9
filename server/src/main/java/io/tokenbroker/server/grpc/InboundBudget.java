package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes all open calls together may hold of requests: those that are still being received,
 * whose senders may never end them, and those that are being worked on. A connection may hold as
 * much as is left for all others, and no more: with one, half of the budget, with a hundred, a
 * hundredth each. So whoever fills it finds no room at once, and who has sent little always does.
 * Refused calls count until their callers have taken the answer; a connection that takes none for a
 * second or two, and has too much, is closed. Thread-safe.
 */
final class InboundBudget {
  /** What an open call with a small request takes, about. */
  static final int CALL_BYTES = 4 * 1024;

  private static final Attributes.Key<Inbox> CONNECTION =
      Attributes.Key.create("io.tokenbroker.inbound");

  private volatile long maxBytes;
  private final Consumer<Runnable> later;
  private final Consumer<Attributes> close;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param later runs something in a second, on the event loop that asks
   * @param close ends the connection of these attributes
   */
  InboundBudget(long maxBytes, Consumer<Runnable> later, Consumer<Attributes> close) {
    this.maxBytes = maxBytes;
    this.later = later;
    this.close = close;
  }

  /** From now on; what is there stays. */
  void bound(long bytes) {
    maxBytes = bytes;
  }

  /** Has all calls of a server counted. */
  void watch(CallPath builder) {
    builder
        .addTransportFilter(
            new ServerTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(CONNECTION, new Inbox(attributes)).build();
              }
            })
        .addStreamTracerFactory(
            new ServerStreamTracer.Factory() {
              @Override
              public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new InboundCall();
              }
            })
        .intercept(new InboundCalls());
  }

  /** Of the connection that a call came through. */
  static Inbox of(Attributes attributes) {
    Inbox connection = attributes.get(CONNECTION);
    if (connection == null) {
      throw new IllegalStateException("a call of a server that is not watched");
    }
    return connection;
  }

  /** How many more small calls would find room. */
  long callsLeft() {
    return (maxBytes - held.get()) / CALL_BYTES;
  }

  /** What all calls hold. */
  long held() {
    return held.get();
  }

  /** What the calls of one connection hold. */
  final class Inbox {
    private final Attributes peer;
    private final AtomicLong own = new AtomicLong();

    // only used by the connection's event loop
    private final Deque<InboundCall> refused = new ArrayDeque<>();
    private @Nullable InboundCall seen;
    private boolean watched;

    Inbox(Attributes peer) {
      this.peer = peer;
    }

    /** Takes so much more; tells whether that was within what the connection may have. */
    boolean take(long bytes) {
      long mine = own.addAndGet(bytes);
      return mine <= maxBytes - held.addAndGet(bytes);
    }

    /** Whether it goes on although it was refused. */
    boolean isExcessive() {
      return own.get() > 2 * (maxBytes - held.get());
    }

    /** Has a call looked at again that was refused. */
    void refused(InboundCall call) {
      forgetClosed();
      refused.add(call);
      if (!watched) {
        watched = true;
        later.accept(this::lookAgain);
      }
    }

    private void lookAgain() {
      forgetClosed();
      InboundCall oldest = refused.peek();
      if (oldest != null && oldest == seen && own.get() > maxBytes - held.get()) {
        close.accept(peer);
        return;
      }
      seen = oldest;
      watched = oldest != null;
      if (watched) {
        later.accept(this::lookAgain);
      }
    }

    /** They are answered one after the other. */
    private void forgetClosed() {
      InboundCall oldest = refused.peek();
      while (oldest != null && oldest.isClosed()) {
        refused.remove();
        oldest = refused.peek();
      }
    }

    void giveBack(long bytes) {
      own.addAndGet(-bytes);
      held.addAndGet(-bytes);
    }
  }
}
