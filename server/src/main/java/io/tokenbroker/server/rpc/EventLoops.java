package io.tokenbroker.server.rpc;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.NettyRuntime;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads that accept connections and serve them. The same that grpc-java would take by itself,
 * which it only does if it also makes the listening channel.
 */
final class EventLoops implements AutoCloseable {
  final EventLoopGroup accepting = group(1, "accept");
  final EventLoopGroup serving = group(NettyRuntime.availableProcessors(), "event-loop");

  private static EventLoopGroup group(int threads, String name) {
    IoHandlerFactory polling =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), polling);
  }

  /** Not open yet. */
  ServerChannel listener() {
    return Epoll.isAvailable() ? new EpollServerSocketChannel() : new NioServerSocketChannel();
  }

  @Override
  public void close() {
    var unused = accepting.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    unused = serving.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
