package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections over a bound as soon as they are accepted, before anything is set up for them.
 * Stands before all else on the listening channel, whose messages are accepted connections. Used by
 * its one thread, but for the news that a connection has closed.
 */
@Sharable
final class ConnectionGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ConnectionGate.class);
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** The part of all connections that a caller may have however few are left. */
  private static final int ALWAYS = 64;

  private final int most;
  private final int mostPerAddress;
  private final LongSupplier ticker;
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  // only used by the thread that accepts
  private long refused;
  private long loggedNanos;

  ConnectionGate(int most, int mostPerAddress, LongSupplier ticker) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
    this.ticker = ticker;
    this.loggedNanos = ticker.getAsLong() - LOG_NANOS;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel connection = (Channel) message;
    if (!(connection.remoteAddress() instanceof InetSocketAddress peer)) {
      connection.unsafe().closeForcibly(); // it has gone again already
      return;
    }
    InetAddress address = peer.getAddress();
    if (open.size() >= most || byAddress.getOrDefault(address, 0) >= mostPerAddress) {
      connection.unsafe().closeForcibly();
      refused(address);
      return;
    }
    open.add(connection);
    byAddress.merge(address, 1, Integer::sum);
    var unused = connection.closeFuture().addListener(closed -> left(connection, address));
    context.fireChannelRead(connection);
  }

  /** The connections that are open. */
  Set<Channel> open() {
    return open;
  }

  /** How many more there may be; what one caller may always have, if that is more. */
  long left() {
    return Math.max(most / ALWAYS, (long) most - open.size());
  }

  /** The same from one address. */
  long left(InetAddress address) {
    return Math.max(
        mostPerAddress / ALWAYS, (long) mostPerAddress - byAddress.getOrDefault(address, 0));
  }

  /** Closes the connection from an address and port, without a word. */
  void close(SocketAddress peer) {
    for (Channel connection : open) {
      if (peer.equals(connection.remoteAddress())) {
        connection.eventLoop().execute(() -> connection.unsafe().close(connection.voidPromise()));
      }
    }
  }

  private void left(Channel connection, InetAddress address) {
    open.remove(connection);
    byAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
  }

  private void refused(InetAddress address) {
    refused++;
    long now = ticker.getAsLong();
    if (now - loggedNanos >= LOG_NANOS) {
      log.atWarn()
          .addKeyValue("refused", refused)
          .addKeyValue("last_address", address.getHostAddress())
          .addKeyValue("from_address", byAddress.getOrDefault(address, 0))
          .addKeyValue("open", open.size())
          .log("connections refused: as many as connections.max or .max_per_address are open");
      refused = 0;
      loggedNanos = now;
    }
  }
}
