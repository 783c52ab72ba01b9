package io.tokenbroker.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HttpAnswerTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Through a proxy it may be somebody else's. */
  @Test
  void whatComesBehindItsEndIsNotInTheNextOne() {
    EmbeddedChannel channel = new EmbeddedChannel();
    HttpConnection connection =
        new HttpConnection(channel, null, new HttpLimits(MINUTE, MINUTE, MINUTE), gone -> {});
    HttpAnswer first = answer(connection);
    first.stream(Framing.LINES, part("1"));
    var unused = first.endStream(Framing.LINES, part("end"));
    HttpAnswer second = answer(connection);
    second.stream(Framing.LINES, part("2"));
    int sent = channel.outboundMessages().size();

    first.stream(Framing.LINES, part("late"));
    unused = first.endStream(Framing.LINES, part("late"));
    unused = first.text(HttpResponseStatus.OK, "late");

    assertThat(channel.outboundMessages()).hasSize(sent);
    assertThat(second.hasEnded()).isFalse();
  }

  private static HttpAnswer answer(HttpConnection connection) {
    return new HttpAnswer(
        connection, new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"), false);
  }

  private static byte[] part(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
