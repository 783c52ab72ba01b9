package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the filters of a server who is at the other end of a Unix socket's connection: gRPC tells
 * them its addresses, and it has none. They are asked when the first frame of a connection has been
 * read; whose bytes it is that a thread reads, is noted until then. A connection of which that was
 * not seen is nobody's, and is closed.
 */
final class UnixArrivals extends ServerTransportFilter {
  /** By event loop. */
  private final Map<Thread, UnixPeer> current = new ConcurrentHashMap<>();

  /** To be called before gRPC has to do with the connection. */
  void watch(UnixPeer peer) {
    peer.connection().pipeline().addFirst(new Watch(peer));
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    UnixPeer peer = current.get(Thread.currentThread());
    if (peer == null) {
      throw new IllegalStateException("a connection through a Unix socket, of nobody");
    }
    peer.connection().pipeline().remove(Watch.class);
    return attributes.toBuilder().set(UnixPeer.KEY, peer).build();
  }

  private final class Watch extends ChannelInboundHandlerAdapter {
    private final UnixPeer peer;

    Watch(UnixPeer peer) {
      this.peer = peer;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      current.put(Thread.currentThread(), peer);
      try {
        context.fireChannelRead(message);
      } finally {
        current.remove(Thread.currentThread());
      }
    }
  }
}
