package io.tokenbroker.server.rpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes all open calls together may hold of requests: those that are still being received,
 * whose senders may never end them, and those that are being worked on. A connection may hold as
 * much as is left for all others, and no more: with one, half of the budget, with a hundred, a
 * hundredth each. So whoever fills it finds no room at once, and who has sent little always does.
 * Thread-safe.
 */
final class InboundBudget {
  /** What an open call with a small request takes, about. */
  static final int CALL_BYTES = 4 * 1024;

  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("io.tokenbroker.inbound");

  private final long maxBytes;
  private final AtomicLong held = new AtomicLong();

  InboundBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Has all calls of a server counted. */
  void watch(NettyServerBuilder builder) {
    builder
        .addTransportFilter(
            new ServerTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(CONNECTION, new Connection()).build();
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
  static Connection of(Attributes attributes) {
    Connection connection = attributes.get(CONNECTION);
    if (connection == null) {
      throw new IllegalStateException("a call of a server that is not watched");
    }
    return connection;
  }

  /** What all calls hold. */
  long held() {
    return held.get();
  }

  /** What the calls of one connection hold. */
  final class Connection {
    private final AtomicLong own = new AtomicLong();

    /** Takes so much more; tells whether that was within what the connection may have. */
    boolean take(long bytes) {
      long mine = own.addAndGet(bytes);
      return mine <= maxBytes - held.addAndGet(bytes);
    }

    /** Whether it goes on although it was refused. */
    boolean isExcessive() {
      return own.get() > 2 * (maxBytes - held.get());
    }

    void giveBack(long bytes) {
      own.addAndGet(-bytes);
      held.addAndGet(-bytes);
    }
  }
}
