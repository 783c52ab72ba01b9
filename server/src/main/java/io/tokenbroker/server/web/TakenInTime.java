package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection that takes nothing of what waits for it; one that takes something, however
 * slowly, goes on. Stands next to the socket. Used by its event loop.
 */
final class TakenInTime extends ChannelOutboundHandlerAdapter {
  /** How often it is looked at within the time. */
  private static final int LOOKS = 4;

  /** What netty adds to each message that waits. */
  private static final int ENTRY_BYTES = 96;

  private final long pauseNanos;
  private long written;
  private long taken;
  private int still;
  private boolean watching;

  TakenInTime(Duration time) {
    pauseNanos = time.toNanos() / LOOKS;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      written += ENTRY_BYTES + bytes.readableBytes();
    }
    var unused = context.write(message, promise);
    if (!watching) {
      watching = true;
      still = 0;
      lookLater(context);
    }
  }

  private void lookLater(ChannelHandlerContext context) {
    var unused = context.executor().schedule(() -> look(context), pauseNanos, TimeUnit.NANOSECONDS);
  }

  private void look(ChannelHandlerContext context) {
    ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
    watching = waiting != null && waiting.totalPendingWriteBytes() > 0;
    if (waiting == null || !watching) {
      return;
    }
    long now = written - waiting.totalPendingWriteBytes() + waiting.currentProgress();
    still = now == taken ? still + 1 : 0;
    taken = now;
    if (still == LOOKS) {
      // the pipeline would first say goodbye to somebody who does not listen
      context.channel().unsafe().close(context.channel().voidPromise());
    } else {
      lookLater(context);
    }
  }
}
