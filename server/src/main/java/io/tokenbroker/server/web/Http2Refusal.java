package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Tells a caller that begins with HTTP/2, as gRPC does, in its own words that this is not its port.
 */
final class Http2Refusal extends ChannelInboundHandlerAdapter {
  private static final byte[] PREFACE = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);
  private static final String WHY =
      "This port speaks HTTP/1.1. gRPC is at the address of the key listen.";
  private static final byte SETTINGS = 4;
  private static final byte GO_AWAY = 7;
  private static final int HTTP_1_1_REQUIRED = 13;
  private static final int FRAME_HEADER = 9;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    context.pipeline().remove(this);
    if (message instanceof ByteBuf bytes && isPreface(bytes)) {
      ReferenceCountUtil.release(message);
      var unused = context.writeAndFlush(answer()).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    context.fireChannelRead(message);
  }

  /** As much of it as came; what is shorter is refused as HTTP/1.1 later. */
  private static boolean isPreface(ByteBuf bytes) {
    return bytes.readableBytes() >= PREFACE.length
        && ByteBufUtil.equals(
            bytes, bytes.readerIndex(), Unpooled.wrappedBuffer(PREFACE), 0, PREFACE.length);
  }

  private static ByteBuf answer() {
    byte[] why = WHY.getBytes(StandardCharsets.US_ASCII);
    int length = 2 * Integer.BYTES + why.length;
    ByteBuffer frames = ByteBuffer.allocate(2 * FRAME_HEADER + length);
    frame(frames, 0, SETTINGS);
    frame(frames, length, GO_AWAY);
    frames.putInt(0).putInt(HTTP_1_1_REQUIRED).put(why).flip();
    return Unpooled.wrappedBuffer(frames);
  }

  /** Without flags, of the connection as a whole. */
  private static void frame(ByteBuffer to, int length, byte type) {
    to.put((byte) (length >> Short.SIZE))
        .putShort((short) length)
        .put(type)
        .put((byte) 0)
        .putInt(0);
  }
}
