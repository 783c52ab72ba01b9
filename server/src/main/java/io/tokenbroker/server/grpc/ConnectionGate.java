package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections over a bound as soon as they are accepted, before anything is set up for them.
 * One address has as many as are left for all others, so that a few cannot shut everyone out.
 * Stands before all else on the listening channel, whose messages are accepted connections. Used by
 * its one thread, but for the news that a connection has closed.
 */
@Sharable
final class ConnectionGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ConnectionGate.class);
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** The part of all connections that a caller may have however few are left. */
  private static final int ALWAYS = 64;

  private volatile int most;
  private volatile int mostPerAddress;
  private final UnixArrivals unix;
  private final LongSupplier ticker;
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final Map<Object, Integer> byOrigin = new ConcurrentHashMap<>();

  // only used by the thread that accepts
  private long refused;
  private long loggedNanos;

  /**
   * @param unix hears of the connections through Unix sockets
   */
  ConnectionGate(int most, int mostPerAddress, UnixArrivals unix, LongSupplier ticker) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
    this.unix = unix;
    this.ticker = ticker;
    this.loggedNanos = ticker.getAsLong() - LOG_NANOS;
  }

  /** From now on; connections that are open stay. */
  void bound(int most, int mostPerAddress) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel connection = (Channel) message;
    Object origin = origin(connection);
    if (origin == null) {
      connection.unsafe().closeForcibly(); // it has gone again already
      return;
    }
    if (byOrigin.getOrDefault(origin, 0) >= Math.min(mostPerAddress, most - open.size())) {
      connection.unsafe().closeForcibly();
      refused(origin);
      return;
    }
    open.add(connection);
    byOrigin.merge(origin, 1, Integer::sum);
    var unused = connection.closeFuture().addListener(closed -> left(connection, origin));
    context.fireChannelRead(connection);
  }

  /** What connections are counted by: an IP address, or the user behind a Unix socket. */
  private @Nullable Object origin(Channel connection) {
    if (connection instanceof EpollDomainSocketChannel local) {
      try {
        long uid = Integer.toUnsignedLong(local.peerCredentials().uid());
        UnixPeer peer =
            new UnixPeer(connection, connection.parent().attr(UnixPeer.SOCKET).get(), uid);
        unix.watch(peer);
        return peer.origin();
      } catch (IOException e) {
        return null;
      }
    }
    return connection.remoteAddress() instanceof InetSocketAddress peer ? peer.getAddress() : null;
  }

  /** The connections that are open. */
  Set<Channel> open() {
    return open;
  }

  /** How many more there may be; what one caller may always have, if that is more. */
  long left() {
    return Math.max(most / ALWAYS, (long) most - open.size());
  }

  /** The same from one address, or of the user behind a Unix socket. */
  long left(Object origin) {
    return Math.max(
        mostPerAddress / ALWAYS, (long) mostPerAddress - byOrigin.getOrDefault(origin, 0));
  }

  /** Closes the connection that gRPC knows by these attributes, without a word. */
  void close(Attributes of) {
    UnixPeer local = of.get(UnixPeer.KEY);
    SocketAddress peer = of.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    for (Channel connection : open) {
      if (local == null
          ? connection.remoteAddress() != null && connection.remoteAddress().equals(peer)
          : connection == local.connection()) {
        connection.eventLoop().execute(() -> connection.unsafe().close(connection.voidPromise()));
      }
    }
  }

  private void left(Channel connection, Object origin) {
    open.remove(connection);
    byOrigin.computeIfPresent(origin, (same, count) -> count == 1 ? null : count - 1);
  }

  private void refused(Object origin) {
    refused++;
    long now = ticker.getAsLong();
    if (now - loggedNanos >= LOG_NANOS) {
      log.atWarn()
          .addKeyValue("refused", refused)
          .addKeyValue(
              "last_address",
              origin instanceof InetAddress address ? address.getHostAddress() : origin)
          .addKeyValue("from_address", byOrigin.getOrDefault(origin, 0))
          .addKeyValue("open", open.size())
          .log("connections refused: as many as connections.max or .max_per_address are open");
      refused = 0;
      loggedNanos = now;
    }
  }
}
