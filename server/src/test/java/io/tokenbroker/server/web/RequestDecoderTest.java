package io.tokenbroker.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int IN_A_ROW = 16;
  private static final int SENT = 25 * IN_A_ROW;

  /** They share the event loop. */
  @Test
  void aReadOfManyRequestsLetsOtherConnectionsHaveTheirTurn() throws Exception {
    try (WebServer server = new WebServer()) {
      EmbeddedChannel channel = connection(server);
      String many = "GET /livez HTTP/1.1\r\n\r\n".repeat(SENT);
      channel
          .pipeline()
          .fireChannelRead(Unpooled.copiedBuffer(many, StandardCharsets.US_ASCII))
          .fireChannelReadComplete();
      for (int answered = IN_A_ROW; answered <= SENT; answered += IN_A_ROW) {
        assertThat(channel.outboundMessages().size()).isEqualTo(answered);
        channel.runPendingTasks();
      }
      assertThat(channel.config().isAutoRead()).isTrue();
      channel.finishAndReleaseAll();
    }
  }

  private static EmbeddedChannel connection(WebServer server) {
    HttpLimits limits = new HttpLimits(MINUTE, MINUTE, MINUTE);
    Routes routes =
        new Routes(
            server.grpc.transcodedCalls(),
            () -> CompletableFuture.completedFuture(new byte[0]),
            4 << 20,
            limits);
    EmbeddedChannel channel = new EmbeddedChannel();
    HttpConnection connection = new HttpConnection(channel, routes, limits, gone -> {});
    channel.pipeline().addLast(new RequestDecoder(connection)).addLast(connection);
    return channel;
  }
}
