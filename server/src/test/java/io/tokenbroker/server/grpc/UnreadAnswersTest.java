package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection with one answer that is longer than its caller's window. */
final class UnreadAnswersTest {
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int STREAM = 1;

  private final Http2ConnectionHandler http2 =
      new Http2ConnectionHandlerBuilder()
          .frameListener(new Http2FrameAdapter())
          .server(true)
          .build();
  private final EmbeddedChannel connection = new EmbeddedChannel(http2);
  private final UnreadAnswers unread = new UnreadAnswers();

  @BeforeEach
  void answer() throws Exception {
    connection.writeInbound(Http2CodecUtil.connectionPrefaceBuf());
    frame(SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER);
    ByteBuf block = Unpooled.buffer();
    Http2Headers request = new DefaultHttp2Headers().method("POST").scheme("http").path("/x");
    new DefaultHttp2HeadersEncoder().encodeHeaders(STREAM, request, block);
    frame(HEADERS, 5, STREAM, block);
    var context = connection.pipeline().context(http2);
    var unused =
        http2
            .encoder()
            .writeHeaders(
                context,
                STREAM,
                new DefaultHttp2Headers().status("200"),
                0,
                false,
                context.newPromise());
    unused =
        http2
            .encoder()
            .writeData(
                context,
                STREAM,
                Unpooled.buffer().writeZero(1 << 20),
                0,
                true,
                context.newPromise());
    context.flush();
    connection.runPendingTasks();
  }

  @AfterEach
  void close() {
    connection.finishAndReleaseAll();
  }

  @Test
  void whoTakesSomethingBetweenTwoSweepsIsNotCutOff() {
    sweep();
    for (int i = 0; i < 20; i++) {
      take(1_000);
      sweep();
    }
    assertThat(unread.cut()).isZero();
    assertThat(http2.connection().stream(STREAM)).isNotNull();
    sweep();
    assertThat(unread.cut()).isEqualTo(1);
    assertThat(http2.connection().stream(STREAM)).isNull();
  }

  private void sweep() {
    unread.sweep(List.of(connection));
    connection.runPendingTasks();
  }

  /** Makes room for so many bytes. */
  private void take(int bytes) {
    frame(WINDOW_UPDATE, 0, 0, Unpooled.buffer().writeInt(bytes));
    frame(WINDOW_UPDATE, 0, STREAM, Unpooled.buffer().writeInt(bytes));
    connection.runPendingTasks();
  }

  private void frame(int type, int flags, int stream, ByteBuf payload) {
    ByteBuf frame = Unpooled.buffer();
    frame.writeMedium(payload.readableBytes()).writeByte(type).writeByte(flags).writeInt(stream);
    connection.writeInbound(frame.writeBytes(payload));
  }
}
