package io.tokenbroker.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundBuffer;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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
    channel.runPendingTasks();
    var unused = first.endStream(Framing.LINES, part("end"));
    HttpAnswer second = answer(connection);
    second.stream(Framing.LINES, part("2"));
    channel.runPendingTasks();
    int sent = channel.outboundMessages().size();

    first.stream(Framing.LINES, part("late"));
    channel.runPendingTasks();
    unused = first.endStream(Framing.LINES, part("late"));
    unused = first.text(HttpResponseStatus.OK, "late");

    assertThat(channel.outboundMessages()).hasSize(sent);
    assertThat(second.hasEnded()).isFalse();
  }

  @Test
  void aStreamIsAsFarAheadOfItsReaderAsItWasTold() {
    EmbeddedChannel unread =
        new EmbeddedChannel() {
          @Override
          protected void doWrite(ChannelOutboundBuffer outbox) {}
        };
    HttpAnswer answer =
        answer(new HttpConnection(unread, null, new HttpLimits(MINUTE, MINUTE, MINUTE), any -> {}));
    answer.setAhead(1_000);

    answer.stream(Framing.LINES, new byte[400]);
    assertThat(answer.isWritable()).isTrue();
    answer.stream(Framing.LINES, new byte[601]);
    assertThat(answer.isWritable()).isFalse();
    unread.runPendingTasks();
    assertThat(answer.isWritable()).isFalse();
  }

  /** Each that goes by itself costs a system call. */
  @Test
  void whatIsStreamedTogetherGoesTogether() {
    EmbeddedChannel channel = new EmbeddedChannel();
    HttpAnswer answer =
        answer(
            new HttpConnection(channel, null, new HttpLimits(MINUTE, MINUTE, MINUTE), any -> {}));
    for (int i = 0; i < 40; i++) {
      answer.stream(Framing.LINES, part("part " + i + "\n"));
    }
    channel.runPendingTasks();

    // the head, and all parts
    assertThat(channel.outboundMessages()).hasSize(2);
    HttpContent parts = (HttpContent) List.copyOf(channel.outboundMessages()).get(1);
    assertThat(parts.content().toString(StandardCharsets.US_ASCII).lines()).hasSize(40);
  }

  private static HttpAnswer answer(HttpConnection connection) {
    return new HttpAnswer(
        connection, new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"), false);
  }

  private static byte[] part(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
