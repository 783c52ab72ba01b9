package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends, during a stop, the calls whose callers take nothing: gRPC sends the end of a call behind
 * all the rest, and would wait for its reader until the grace is over. Of a connection that took
 * nothing between two sweeps the calls are ended that wait for their readers, or itself if that
 * waits. One that takes something, however slowly, goes on. Thread-safe.
 */
final class UnreadAnswers {
  /** In bytes: more than what a connection says without being asked, such as goodbye. */
  private static final int SOMETHING = 256;

  private final Map<Channel, Sample> before = new ConcurrentHashMap<>();
  private final AtomicInteger cut = new AtomicInteger();

  /** The streams that waited for their windows, and what the connection had taken by then. */
  private record Sample(Set<Integer> streams, long sent) {}

  void sweep(Collection<Channel> connections) {
    connections.stream()
        .filter(Channel::isRegistered)
        .forEach(connection -> connection.eventLoop().execute(() -> sweep(connection)));
  }

  /** How many calls and connections were cut off. */
  int cut() {
    return cut.get();
  }

  private void sweep(Channel connection) {
    Http2ConnectionHandler http2 = connection.pipeline().get(Http2ConnectionHandler.class);
    ChannelOutboundBuffer unsent = connection.unsafe().outboundBuffer();
    if (http2 == null || unsent == null) {
      return; // not set up yet, or closed
    }
    Sample now = new Sample(waiting(http2), Outflow.of(connection).sent(unsent));
    Sample last = before.put(connection, now);
    if (last == null || now.sent - last.sent >= SOMETHING) {
      return;
    }
    if (unsent.totalPendingWriteBytes() > 0) {
      cut.incrementAndGet();
      // the pipeline would first say goodbye to somebody who does not listen
      connection.unsafe().close(connection.voidPromise());
      return;
    }
    Set<Integer> stuck = new HashSet<>(now.streams);
    stuck.retainAll(last.streams);
    ChannelHandlerContext context = connection.pipeline().context(http2);
    for (int stream : stuck) {
      cut.incrementAndGet();
      var unused =
          http2.resetStream(context, stream, Http2Error.CANCEL.code(), context.newPromise());
    }
    context.flush();
  }

  private static Set<Integer> waiting(Http2ConnectionHandler http2) {
    Set<Integer> streams = new HashSet<>();
    try {
      http2
          .connection()
          .forEachActiveStream(
              stream -> {
                if (http2.encoder().flowController().hasFlowControlled(stream)) {
                  streams.add(stream.id());
                }
                return true;
              });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // only if the visitor throws it
    }
    return streams;
  }
}
