package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollChannelOption;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseEncoder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.tokenbroker.server.grpc.AuxiliaryPort;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.TranscodedCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP port: HTTP/1.1, on the threads of the gRPC server, with its bounds of connections and
 * memory. Thread-safe.
 */
public final class HttpServer implements AuxiliaryPort {
  private static final int PROBES = 3;

  private final InetSocketAddress address;
  private final @Nullable SslContext tls;
  private final CallLimits calls;
  private final HttpLimits limits;
  private final Routes routes;
  private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Channel listener;
  private volatile boolean closing;

  /**
   * @param tls what is spoken; plain text without it
   * @param services what is called
   */
  public HttpServer(
      InetSocketAddress address,
      Optional<SslContext> tls,
      CallLimits calls,
      HttpLimits limits,
      TranscodedCalls services,
      Scrape metrics) {
    this.address = address;
    this.tls = tls.orElse(null);
    this.calls = calls;
    this.limits = limits;
    this.routes = new Routes(services, metrics, calls.messageBytes(), limits);
  }

  @Override
  public void listen(ServerBootstrap bootstrap) throws IOException {
    ChannelFuture bound =
        bootstrap
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    HttpServer.this.accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    listener = bound.channel();
  }

  private void accept(Channel channel) {
    keepAlive(channel);
    if (tls != null) {
      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
    }
    HttpConnection connection = new HttpConnection(channel, routes, limits, this::left);
    channel
        .pipeline()
        .addFirst(new TakenInTime(limits.write()))
        .addLast(new Http2Refusal())
        .addLast(new RequestDecoder(connection))
        .addLast(new HttpResponseEncoder())
        .addLast(connection);
    open.add(connection);
    if (closing) {
      connection.shutdown();
    }
  }

  /** Finds callers that have vanished while they wait for an answer. */
  private void keepAlive(Channel channel) {
    channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    if (channel instanceof EpollSocketChannel) {
      int timeout = seconds(calls.keepaliveTimeout().toSeconds());
      channel
          .config()
          .setOption(EpollChannelOption.TCP_KEEPIDLE, seconds(calls.keepaliveTime().toSeconds()));
      channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, timeout / PROBES));
      channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
    }
  }

  private static int seconds(long seconds) {
    return Math.toIntExact(Math.max(1, seconds));
  }

  /** The port that it listens on, also if any free one was asked for. */
  public int port() {
    if (listener != null && listener.localAddress() instanceof InetSocketAddress local) {
      return local.getPort();
    }
    throw new IllegalStateException("it does not listen");
  }

  @Override
  public void stopping() {
    routes.stopping();
  }

  @Override
  public void shutdown() {
    closing = true;
    if (listener != null) {
      listener.close().awaitUninterruptibly();
    }
    open.forEach(HttpConnection::shutdown);
    endIfClosed();
  }

  private void left(HttpConnection connection) {
    open.remove(connection);
    endIfClosed();
  }

  private void endIfClosed() {
    if (closing && open.isEmpty()) {
      ended.countDown();
    }
  }

  @Override
  public boolean awaitEnd(long nanos) throws InterruptedException {
    return ended.await(nanos, TimeUnit.NANOSECONDS);
  }
}
