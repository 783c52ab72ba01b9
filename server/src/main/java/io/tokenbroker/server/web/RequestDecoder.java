package io.tokenbroker.server.web;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpDecoderConfig;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeadersFactory;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequestDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.util.List;

/**
 * Reads requests one at a time. What was sent ahead stays the bytes that it came as, of one read at
 * the most, until the request before it has been answered: three bytes of a header become a hundred
 * and fifty when they are read.
 */
final class RequestDecoder extends HttpRequestDecoder {
  static final int MAX_HEADERS = 100;
  private static final int LINE_BYTES = 4 * 1024;
  static final int HEADER_BYTES = 16 * 1024;
  private static final int CHUNK_BYTES = 8 * 1024;

  private final HttpConnection connection;
  private boolean keeps;

  RequestDecoder(HttpConnection connection) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(LINE_BYTES)
            .setMaxHeaderSize(HEADER_BYTES)
            .setMaxChunkSize(CHUNK_BYTES)
            .setHeadersFactory(new FewHeaders.Factory())
            .setTrailersFactory(new FewHeaders.Factory()));
    this.connection = connection;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out)
      throws Exception {
    if (connection.isBusy()) {
      keeps = true;
      context.channel().config().setAutoRead(false);
    } else {
      super.decode(context, bytes, out);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    if (keeps) {
      // netty would read on until there is a message
      context.fireChannelReadComplete();
    } else {
      super.channelReadComplete(context);
    }
  }

  /** Goes on with what it has kept, when the connection is no more busy. */
  void resume(ChannelHandlerContext context) throws Exception {
    if (keeps) {
      keeps = false;
      channelRead(context, Unpooled.EMPTY_BUFFER);
      if (!keeps) {
        context.channel().config().setAutoRead(true);
      }
    }
  }

  /** Refuses more of them while they are read. */
  private static final class FewHeaders extends DefaultHttpHeaders {
    private int count;

    @Override
    public HttpHeaders add(String name, Object value) {
      count();
      return super.add(name, value);
    }

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
      count();
      return super.add(name, value);
    }

    private void count() {
      count++;
      if (count > MAX_HEADERS) {
        throw new TooLongHttpHeaderException("more than " + MAX_HEADERS);
      }
    }

    private static final class Factory implements HttpHeadersFactory {
      @Override
      public HttpHeaders newHeaders() {
        return new FewHeaders();
      }

      @Override
      public HttpHeaders newEmptyHeaders() {
        return new FewHeaders();
      }
    }
  }
}
