package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLoopsTest {
  /** After how many tasks netty looks at the time. */
  private static final int TASKS = 64;

  /** By netty's default it would be a thousand. */
  @Test
  void aLoopWithoutRestLooksAtItsConnections() throws Exception {
    CompletableFuture<Integer> seen = new CompletableFuture<>();
    try (EventLoops loops = new EventLoops()) {
      CompletableFuture<Busy> accepted = new CompletableFuture<>();
      Channel listener =
          new ServerBootstrap()
              .group(loops.accepting, loops.serving)
              .channelFactory(loops::listener)
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      Busy busy = new Busy(channel, seen);
                      channel.pipeline().addLast(busy);
                      accepted.complete(busy);
                    }
                  })
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .sync()
              .channel();
      int port = ((InetSocketAddress) listener.localAddress()).getPort();
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
        Busy busy = accepted.get(1, TimeUnit.MINUTES);
        busy.channel.eventLoop().execute(() -> busy.begin(caller));
        assertThat(seen.get(1, TimeUnit.MINUTES)).isLessThanOrEqualTo(2 * TASKS);
      }
    }
  }

  /** Does one thing after the other, each for a millisecond, until something comes. */
  private static final class Busy extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final CompletableFuture<Integer> seen;
    private int done;

    Busy(Channel channel, CompletableFuture<Integer> seen) {
      this.channel = channel;
      this.seen = seen;
    }

    void begin(Socket caller) {
      try {
        caller.getOutputStream().write(1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      goOn();
    }

    private void goOn() {
      done++;
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
      while (System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
      if (!seen.isDone()) {
        channel.eventLoop().execute(this::goOn);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      seen.complete(done);
    }
  }
}
