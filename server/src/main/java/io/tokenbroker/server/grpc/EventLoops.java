package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoEventLoop;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.SingleThreadIoEventLoop;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.NettyRuntime;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.grpc.netty.shaded.io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;

/**
 * The threads that accept connections and serve them. The same that grpc-java would take by itself,
 * which it only does if it also makes the listening channel.
 */
final class EventLoops implements AutoCloseable {
  /**
   * For how long a loop does what it was given, or 64 things of it, before it looks at its
   * connections again. Others give it more as it works, and by netty's 1,000 ms a call would wait
   * as long to be read.
   */
  private static final long TASKS_MILLIS = 20;

  final EventLoopGroup accepting = group(1, "accept");
  final EventLoopGroup serving = group(NettyRuntime.availableProcessors(), "event-loop");

  private static EventLoopGroup group(int threads, String name) {
    IoHandlerFactory polling =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), polling) {
      @Override
      protected IoEventLoop newChild(
          Executor executor, IoHandlerFactory factory, Object... unused) {
        return new SingleThreadIoEventLoop(
            this,
            executor,
            factory,
            Integer.MAX_VALUE,
            RejectedExecutionHandlers.reject(),
            TASKS_MILLIS);
      }
    };
  }

  /** That of this thread, which must be one of those that serve. */
  EventExecutor current() {
    for (EventExecutor loop : serving) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    throw new IllegalStateException("no event loop of this server");
  }

  /** The same. */
  EventLoop currentLoop() {
    return (EventLoop) current();
  }

  /** On this thread, as above. */
  void inASecond(Runnable task) {
    var unused = current().schedule(task, 1, TimeUnit.SECONDS);
  }

  /** On any of those that serve. */
  void afterNanos(Runnable task, long nanos) {
    var unused = serving.schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  /** For each of those that serve, what has it do something after so many nanoseconds. */
  List<ObjLongConsumer<Runnable>> alarms() {
    List<ObjLongConsumer<Runnable>> alarms = new ArrayList<>();
    for (EventExecutor loop : serving) {
      alarms.add(
          (task, nanos) -> {
            if (!loop.isShuttingDown()) {
              var unused = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
            }
          });
    }
    return alarms;
  }

  /** Not open yet. */
  ServerChannel listener() {
    return Epoll.isAvailable() ? new EpollServerSocketChannel() : new NioServerSocketChannel();
  }

  /**
   * The same of a Unix socket, where there are any.
   *
   * @param path where it will be
   */
  static ServerChannel unixListener(String path) {
    ServerChannel listener = new EpollServerDomainSocketChannel();
    listener.attr(UnixPeer.SOCKET).set(path);
    return listener;
  }

  /** To another broker; not open yet. */
  static Channel connection() {
    return Epoll.isAvailable() ? new EpollSocketChannel() : new NioSocketChannel();
  }

  static boolean hasUnixSockets() {
    return Epoll.isAvailable();
  }

  @Override
  public void close() {
    var unused = accepting.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    unused = serving.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
