package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.model.BrokerException;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of answers may wait for callers who don't read them. A connection may have as much
 * as is left for all others: one alone half of it, ten a tenth each. Beyond, its calls get
 * UNAVAILABLE. Each connection of a peer's callers counts by itself. Small answers are not counted:
 * of a stream there may be as many as its window takes, and windows shrink with what is left.
 * Answers of calls that were cancelled count for a second more: they take memory until the event
 * loop gets to them, and nobody is to gain by cancelling. Thread-safe.
 */
final class UnsentAnswers implements ServerInterceptor {
  /** In bytes. As many calls as a connection may have open cost as much anyway. */
  static final int SMALL = 4 * 1024;

  /** In bytes: what a connection may always have, however much the others have; a turn or two. */
  private static final int ALWAYS = 68 * 1024;

  /** In bytes, of a stream, with one answer more. More would make none faster. */
  static final int MOST_AHEAD = 8 * 1024;

  private static final int LEAST_AHEAD = 1024;

  /** A stream gets this part of what its connection has left for windows. */
  private static final int WINDOWS = 4096;

  private static final long CANCELLED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("io.tokenbroker.unsent");

  private record Cancelled(Outbox connection, long until, long bytes) {}

  private volatile long maxBytes;
  private final LongSupplier ticker;
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong ahead = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private final Queue<Cancelled> cancelled = new ConcurrentLinkedQueue<>();

  /** Made once: it is said most when there is least time. */
  private final StatusRuntimeException refusal =
      StatusMapper.of(
          BrokerException.brokerBusy(
              "Too many answers of this connection have not been read. Read them and try again.",
              "limits.max_unsent_bytes"));

  UnsentAnswers(long maxBytes, LongSupplier ticker) {
    this.maxBytes = maxBytes;
    this.ticker = ticker;
  }

  /** From now on; what is there stays. */
  void bound(long bytes) {
    maxBytes = bytes;
  }

  /** Has all calls of a server bounded, with those of others. */
  void bound(CallPath builder) {
    builder
        .addTransportFilter(
            new ServerTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(CONNECTION, new Connection()).build();
              }
            })
        .intercept(this);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Connection connection = of(call.getAttributes());
    String caller = InboundCall.current().hop() == null ? null : headers.get(Hop.CONNECTION);
    Outbox outbox = connection.enter(caller);
    if (outbox.isFull()) {
      connection.leave(caller);
      outbox.refuse(call);
      return new ServerCall.Listener<>() {};
    }
    CountedCall<Q, A> counted = new CountedCall<>(call, outbox, () -> connection.leave(caller));
    try {
      return new CountedCall.Listener<>(next.startCall(counted, headers), counted);
    } catch (RuntimeException e) {
      counted.end();
      throw e;
    }
  }

  private static Connection of(Attributes attributes) {
    Connection connection = attributes.get(CONNECTION);
    if (connection == null) {
      throw new IllegalStateException("a call of another server");
    }
    return connection;
  }

  /** Of the connection that a call came through: no other one of this server has it. */
  static String number(Attributes attributes) {
    return of(attributes).number;
  }

  /** Of the refusal, for one call, which adds to them. */
  private Metadata trailers() {
    Metadata trailers = new Metadata();
    Metadata made = refusal.getTrailers();
    if (made != null) {
      trailers.merge(made);
    }
    return trailers;
  }

  /** How many cancelled calls still count. */
  int cancelled() {
    return cancelled.size();
  }

  private void forgetCancelled() {
    long now = ticker.getAsLong();
    Cancelled first = cancelled.peek();
    while (first != null && first.until - now <= 0 && cancelled.remove(first)) {
      first.connection.add(-first.bytes);
      first = cancelled.peek();
    }
  }

  /** Of callers, or of a peer. */
  private final class Connection {
    private final String number = Long.toString(connections.incrementAndGet());
    private final Outbox own = new Outbox();
    private final ConcurrentHashMap<String, Outbox> callers = new ConcurrentHashMap<>();

    /**
     * With one call more.
     *
     * @param caller the number of a connection of a peer's callers; null for the peer itself, or
     *     who is none
     */
    Outbox enter(@Nullable String caller) {
      if (caller == null) {
        return own;
      }
      return callers.compute(
          caller,
          (key, known) -> {
            Outbox outbox = known == null ? new Outbox() : known;
            outbox.calls++;
            return outbox;
          });
    }

    void leave(@Nullable String caller) {
      if (caller != null) {
        callers.computeIfPresent(caller, (key, outbox) -> --outbox.calls == 0 ? null : outbox);
      }
    }
  }

  /** What waits of one connection. */
  final class Outbox {
    private final AtomicLong own = new AtomicLong();
    private final AtomicLong ownAhead = new AtomicLong();

    /** That are open, of a peer's caller; guarded by the map that it is in. */
    private int calls;

    /** How far ahead of its reader one more stream may get, in bytes; to be given back. */
    int takeWindow() {
      long left = maxBytes - ahead.get() - ownAhead.get();
      int window = (int) Math.max(LEAST_AHEAD, Math.min(left / WINDOWS, MOST_AHEAD));
      ahead.addAndGet(window);
      ownAhead.addAndGet(window);
      return window;
    }

    void giveBackWindow(int window) {
      ahead.addAndGet(-window);
      ownAhead.addAndGet(-window);
    }

    boolean isFull() {
      long mine = own.get();
      if (mine <= ALWAYS || mine <= maxBytes - held.get()) {
        return false;
      }
      forgetCancelled();
      mine = own.get();
      return mine > ALWAYS && mine > maxBytes - held.get();
    }

    void add(long bytes) {
      own.addAndGet(bytes);
      held.addAndGet(bytes);
    }

    /** Adds so much unless that is too much; tells whether it did. */
    boolean tryAdd(long bytes) {
      add(bytes);
      if (!isFull()) {
        return true;
      }
      add(-bytes);
      return false;
    }

    /** Takes away so much in a second. */
    void cancel(long bytes) {
      // else they pile up as long as no connection has much
      forgetCancelled();
      cancelled.add(new Cancelled(this, ticker.getAsLong() + CANCELLED_NANOS, bytes));
    }

    void refuse(ServerCall<?, ?> call) {
      call.close(refusal.getStatus(), trailers());
    }

    StatusRuntimeException refusal() {
      return refusal.getStatus().asRuntimeException(trailers());
    }
  }
}
