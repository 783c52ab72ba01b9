package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BoundedResponseTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(50);

  private final CountDownLatch done = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/whole", exchange -> answer(exchange, 10));
    server.createContext("/large", exchange -> answer(exchange, (1 << 20) + 1));
    server.createContext("/stalls", this::stall);
    server.start();
  }

  @AfterEach
  void stop() {
    done.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int bytes) throws IOException {
    exchange.sendResponseHeaders(200, bytes);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write("x".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** In the midst of the body. */
  private void stall(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 10);
    exchange.getResponseBody().write('x');
    exchange.getResponseBody().flush();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    exchange.close();
  }

  private BoundedResponse get(String path, Duration patience) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    return BoundedResponse.of(
        HttpClient.newHttpClient(), HttpRequest.newBuilder(uri).timeout(LONG).build(), patience);
  }

  @Test
  void aBodyIsRead() throws Exception {
    assertThat(get("/whole", LONG)).isEqualTo(new BoundedResponse(200, "x".repeat(10)));
  }

  @Test
  void aBodyThatStallsIsGivenUp() {
    assertThatThrownBy(() -> get("/stalls", SHORT)).isInstanceOf(HttpTimeoutException.class);
  }

  @Test
  void aBodyThatIsTooLargeIsGivenUp() {
    assertThatThrownBy(() -> get("/large", LONG)).hasMessageContaining("more than 1 MiB");
  }
}
