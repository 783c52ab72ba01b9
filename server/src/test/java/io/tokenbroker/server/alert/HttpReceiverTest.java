package io.tokenbroker.server.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.testing.WebhookReceiver;
import io.tokenbroker.server.testing.WebhookReceiver.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Over real connections. */
class HttpReceiverTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00.9Z");
  private static final Alert ALERT = new Alert("evt_1", "{\"type\":\"a\u00e9\"}");

  /** For what answers: longer than any test waits. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Duration SHORT = Duration.ofMillis(300);

  private static HttpReceiver receiver(URI url, Duration timeout) {
    return new HttpReceiver(
        url, SigningKeys.parse(WebhookReceiver.SECRET), Optional.empty(), timeout, "tokenbroker/1");
  }

  @Test
  void tellsWhatCanBeVerified() throws IOException {
    try (WebhookReceiver there = new WebhookReceiver()) {
      HttpReceiver receiver = receiver(there.url(), PATIENCE);
      assertThat(receiver.tell(ALERT, NOW).join()).isEqualTo(new Answer(204, Duration.ZERO));
      assertThat(receiver.tell(ALERT, NOW).join().isTaken()).isTrue();
      assertThat(there.received())
          .hasSize(2)
          .allSatisfy(
              told -> {
                assertThat(told.signed()).isTrue();
                assertThat(told.id()).isEqualTo("evt_1");
                assertThat(told.time()).isEqualTo(NOW.getEpochSecond());
                assertThat(told.body()).isEqualTo(ALERT.body());
                assertThat(told.agent()).isEqualTo("tokenbroker/1");
              });
    }
  }

  @Test
  void tellsWhatItSays() throws IOException {
    try (WebhookReceiver there = new WebhookReceiver()) {
      HttpReceiver receiver = receiver(there.url(), PATIENCE);
      there.reply(
          new Reply(500),
          new Reply(429, Map.of("Retry-After", "17")),
          new Reply(302, Map.of("Location", "/elsewhere")));
      assertThat(receiver.tell(ALERT, NOW).join().status()).isEqualTo(500);
      assertThat(receiver.tell(ALERT, NOW).join())
          .isEqualTo(new Answer(429, Duration.ofSeconds(17)));
      assertThat(receiver.tell(ALERT, NOW).join().status()).isEqualTo(302);
      assertThat(there.received()).as("nobody follows").hasSize(3);
    }
  }

  @Test
  void waitsNoLongerForOneThatHangs() throws IOException {
    try (WebhookReceiver there = new WebhookReceiver()) {
      there.replyAlways(new Reply(-1));
      assertThatThrownBy(() -> receiver(there.url(), SHORT).tell(ALERT, NOW).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfAny(TimeoutException.class, HttpTimeoutException.class);
    }
  }

  /** What counts is the status; the connection does not stay. */
  @Test
  void takesTheStatusOfABodyThatDoesNotEnd() throws Exception {
    try (ServerSocket there = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("http://127.0.0.1:" + there.getLocalPort() + "/");
      var told = receiver(url, Duration.ofSeconds(5)).tell(ALERT, NOW);
      try (Socket connection = there.accept()) {
        connection
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx"
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(told.join().status()).isEqualTo(200);
        InputStream in = connection.getInputStream();
        while (in.read() >= 0) {
          // until it is closed
        }
      }
    }
  }

  @Test
  void saysThatNobodyIsThere() throws IOException {
    int port;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    URI url = URI.create("http://127.0.0.1:" + port + "/");
    assertThatThrownBy(() -> receiver(url, PATIENCE).tell(ALERT, NOW).join())
        .cause()
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> receiver(url, PATIENCE).look(NOW)).isInstanceOf(IOException.class);
  }

  @Test
  void aConnectionThatBreaksIsNoAnswer() throws IOException {
    try (WebhookReceiver there = new WebhookReceiver()) {
      there.replyAlways(new Reply(0));
      assertThatThrownBy(() -> receiver(there.url(), PATIENCE).tell(ALERT, NOW).join())
          .cause()
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aLookTellsNothing() throws Exception {
    try (WebhookReceiver there = new WebhookReceiver()) {
      assertThat(receiver(there.url(), PATIENCE).look(NOW).status()).isEqualTo(204);
      assertThat(there.received()).isEmpty();
    }
  }
}
