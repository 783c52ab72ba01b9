package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReportOutcomeRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokenHttpTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private record Scripted(int status, List<String> headers) {
    Scripted(int status, String... headers) {
      this(status, List.of(headers));
    }
  }

  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final HttpClient http = HttpClient.newHttpClient();
  private final Queue<Scripted> script = new ConcurrentLinkedQueue<>();
  private final List<String> credentials = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final CountDownLatch silence = new CountDownLatch(1);
  private final HttpServer upstream;

  TokenHttpTest() throws IOException {
    upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    upstream.createContext("/", this::answer);
  }

  @BeforeEach
  void start() {
    upstream.start();
  }

  @AfterEach
  void stop() {
    silence.countDown();
    upstream.stop(0);
    client.close();
    broker.close();
  }

  @Test
  void setsTheHeaderAndReportsOk() throws Exception {
    assertThat(send(tokens(), get()).body()).isEqualTo("body of 200");
    assertThat(credentials).containsExactly("Bearer made-up-1");
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_OK);
  }

  @Test
  void setsAnotherHeaderIfAsked() throws Exception {
    TokenHttp tokens =
        new TokenHttp(client, http, new TokenHeader("X-Api-Key", ""), AttemptOptions.DEFAULT);
    send(tokens, HttpRequest.newBuilder(uri()).header("X-Api-Key", "old").build());
    assertThat(credentials).containsExactly("made-up-1");
  }

  @Test
  void sendsTheSameAgainWithTheNextTokenWhenOneIsRefused() throws Exception {
    script.add(new Scripted(429, "Retry-After", "6"));
    script.add(new Scripted(401));
    HttpRequest post =
        HttpRequest.newBuilder(uri()).POST(HttpRequest.BodyPublishers.ofString("payload")).build();
    assertThat(send(tokens(), post).statusCode()).isEqualTo(200);
    assertThat(credentials)
        .containsExactly("Bearer made-up-1", "Bearer made-up-2", "Bearer made-up-3");
    assertThat(bodies).containsExactly("payload", "payload", "payload");
    assertThat(outcomes())
        .containsExactly(
            Outcome.OUTCOME_RATE_LIMITED, Outcome.OUTCOME_UNAUTHORIZED, Outcome.OUTCOME_OK);
    assertThat(broker.tokens.reports.get(0).getReport().getRetryAfter().getSeconds()).isEqualTo(6);
  }

  @Test
  void tellsWhatIsLeft() throws Exception {
    script.add(new Scripted(200, "X-RateLimit-Remaining", "41", "X-RateLimit-Reset", "60"));
    send(tokens(), get());
    assertThat(broker.tokens.reports.get(0).getReport().getBudgetsList())
        .singleElement()
        .matches(budget -> budget.getRemaining() == 41)
        .matches(budget -> budget.getResetTime().getSeconds() == NOW.getEpochSecond() + 60);
  }

  @Test
  void givesTheLastAnswerWhenAllAreRefused() throws Exception {
    for (int i = 0; i < 3; i++) {
      script.add(new Scripted(403, "X-RateLimit-Remaining", "0"));
    }
    assertThat(send(tokens(), get()).body()).isEqualTo("body of 403");
    assertThat(outcomes()).hasSize(3).containsOnly(Outcome.OUTCOME_RATE_LIMITED);
  }

  @Test
  void doesNotRepeatWhatMayHaveHappened() throws Exception {
    script.add(new Scripted(503, "Retry-After", "1"));
    assertThat(send(tokens(), get()).statusCode()).isEqualTo(503);
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_UPSTREAM_ERROR);
  }

  @Test
  void closesTheBodiesOfRefusedAnswers() throws Exception {
    script.add(new Scripted(429));
    AtomicReference<InputStream> refused = new AtomicReference<>();
    HttpResponse<InputStream> last =
        tokens()
            .send(
                "a",
                get(),
                info ->
                    HttpResponse.BodySubscribers.mapping(
                        HttpResponse.BodySubscribers.ofInputStream(),
                        body -> {
                          refused.compareAndSet(null, body);
                          return body;
                        }));
    assertThatThrownBy(() -> refused.get().read()).isInstanceOf(IOException.class);
    assertThat(last.body().readAllBytes())
        .isEqualTo("body of 200".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void endsAnAttemptAtTheCallersDeadline() {
    script.add(new Scripted(0));
    TokenHttp hasty =
        new TokenHttp(
            client,
            http,
            TokenHeader.BEARER,
            AttemptOptions.DEFAULT.withWithin(Duration.ofMillis(300)));
    assertThatThrownBy(() -> send(hasty, get()))
        .isInstanceOf(HttpTimeoutException.class)
        .hasMessageNotContaining("made-up");
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_UPSTREAM_ERROR);
  }

  @Test
  void aSecretThatNoHeaderCanCarryIsNotInTheError() {
    broker.tokens.secret = "made-up\nsecret";
    assertThatThrownBy(() -> send(tokens(), get()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .hasMessageNotContaining("made-up");
  }

  @Test
  void refusesAClientThatWouldCarryTheSecretElsewhere() {
    HttpClient following =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    assertThatThrownBy(() -> new TokenHttp(client, following))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("redirects");
    assertThatThrownBy(
            () -> new TokenHttp(client, http, new TokenHeader("Host", ""), AttemptOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private TokenHttp tokens() {
    return new TokenHttp(
        client, http, TokenHeader.BEARER, AttemptOptions.DEFAULT, () -> NOW, System::nanoTime);
  }

  private HttpRequest get() {
    return HttpRequest.newBuilder(uri()).build();
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:" + upstream.getAddress().getPort() + "/quote");
  }

  private static HttpResponse<String> send(TokenHttp tokens, HttpRequest request)
      throws IOException, InterruptedException {
    return tokens.send("a", request, HttpResponse.BodyHandlers.ofString());
  }

  private List<Outcome> outcomes() {
    return broker.tokens.reports.stream()
        .map(ReportOutcomeRequest::getReport)
        .map(report -> report.getOutcome())
        .toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (name.equalsIgnoreCase("Authorization") || name.equalsIgnoreCase("X-Api-Key")) {
                credentials.addAll(values);
              }
            });
    bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Scripted next = script.isEmpty() ? new Scripted(200) : script.remove();
    if (next.status() == 0) {
      try {
        silence.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return;
    }
    for (int i = 0; i < next.headers().size(); i += 2) {
      exchange.getResponseHeaders().add(next.headers().get(i), next.headers().get(i + 1));
    }
    byte[] body = ("body of " + next.status()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(next.status(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
