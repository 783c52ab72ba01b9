package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;

/** Counts what a connection takes, from when it is added. Used by its event loop. */
final class Outflow extends ChannelOutboundHandlerAdapter {
  /** What netty adds to each message that waits. */
  private static final int ENTRY_BYTES = 96;

  private long written;

  /** Of a connection that is open. */
  static Outflow of(Channel connection) {
    Outflow outflow = connection.pipeline().get(Outflow.class);
    if (outflow == null) {
      outflow = new Outflow();
      connection.pipeline().addFirst(outflow);
    }
    return outflow;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      written += ENTRY_BYTES + bytes.readableBytes();
    }
    var unused = context.write(message, promise);
  }

  /** What has gone to the socket, in bytes, about, but for a constant. */
  long sent(ChannelOutboundBuffer waiting) {
    return written - waiting.totalPendingWriteBytes() + waiting.currentProgress();
  }
}
