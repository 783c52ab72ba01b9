package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers without gRPC see of a daemon's HTTP port. */
class HttpIT {
  private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1:[1-9][0-9]*");
  private static final String NEXT = "/tokenbroker.v1.TokenBroker/NextToken";
  private static final int MIB = 1 << 20;

  @TempDir static Path directory;
  private static Broker broker;
  private static String address;
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() throws Exception {
    broker =
        Broker.start(
            directory.resolve("data"),
            Map.of("LISTEN_HTTP", "127.0.0.1:0", "HTTP_REQUEST_TIMEOUT", "1s"),
            "--demo");
    address = address(broker);
  }

  private static String address(Broker of) {
    Matcher found = ADDRESS.matcher(of.log().firstWith("\"serving HTTP\"").orElseThrow());
    assertThat(found.find()).isTrue();
    return found.group();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(request(path).GET().build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + address + path));
  }

  private static HttpResponse<String> post(String path, String json) throws Exception {
    return CLIENT.send(
        request(path)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  /** What comes back on a connection of its own until it is closed. */
  private static String raw(String sent) throws IOException {
    return raw(address, sent);
  }

  private static String raw(String to, String sent) throws IOException {
    URI there = URI.create("http://" + to);
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(there.getHost(), there.getPort()));
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      return read(socket.getInputStream());
    }
  }

  private static String read(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void livesAndIsReady() throws Exception {
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body()).isEqualTo("ok\n");
    assertThat(get("/other").statusCode()).isEqualTo(404);
  }

  @Test
  void handsOutTurns() throws Exception {
    JsonObject answer =
        JsonParser.parseString(post(NEXT, "{\"account\":\"demo\"}").body()).getAsJsonObject();
    assertThat(answer.getAsJsonObject("turn").get("secret").getAsString()).startsWith("demo-token");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          NextToken       | {"account":"nobody"}               | 404 | not_found           | CREDENTIALS_DO_NOT_EXIST
          NextToken       | {"account":""}                     | 400 | invalid_argument    | INVALID_FIELD
          NextToken       | {"acount":"demo"}                  | 400 | invalid_argument    | INVALID_FIELD
          NextToken       | no json                            | 400 | invalid_argument    | INVALID_FIELD
          NextTokens      | {"account":"demo","count":0}       | 400 | invalid_argument    | INVALID_FIELD
          ReportOutcome   | {"account":"demo","turn":1e999999999} | 400 | invalid_argument | INVALID_FIELD
          RenewLease      | {"leaseId":"1-1","fencingNumber":"1"} | 400 | invalid_argument | INVALID_FIELD
          StreamTokens    | {"account":"nobody"}               | 404 | not_found           | CREDENTIALS_DO_NOT_EXIST
          """)
  void failsAsGrpcDoes(String method, String json, int status, String code, String reason)
      throws Exception {
    HttpResponse<String> answer = post("/tokenbroker.v1.TokenBroker/" + method, json);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonObject error = JsonParser.parseString(answer.body()).getAsJsonObject();
    assertThat(error.get("code").getAsString()).isEqualTo(code);
    JsonObject detail = error.getAsJsonArray("details").get(0).getAsJsonObject();
    assertThat(detail.get("type").getAsString()).isEqualTo("google.rpc.ErrorInfo");
    assertThat(detail.getAsJsonObject("debug").get("reason").getAsString()).isEqualTo(reason);
  }

  @Test
  void streamsLines() throws Exception {
    List<String> lines =
        post(
                "/tokenbroker.v1.TokenBroker/StreamTokens",
                "{\"account\":\"demo\",\"batchSize\":2,\"limit\":\"6\"}")
            .body()
            .lines()
            .toList();
    assertThat(lines).hasSize(3).allMatch(line -> line.startsWith("{\"turns\":["));
  }

  @Test
  void refusesWhatIsTooBig() throws Exception {
    HttpResponse<String> answer = post(NEXT, " ".repeat(5 * MIB));
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body()).contains("resource_exhausted", "limits.max_message_size");
  }

  @Test
  void refusesPagesOfOthers() throws Exception {
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(
            CLIENT
                .send(
                    request(NEXT)
                        .header("content-type", "text/plain")
                        .POST(BodyPublishers.ofString("{\"account\":\"demo\"}"))
                        .build(),
                    BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void endsWhoIsSlowAndWhoSpeaksHttp2() throws Exception {
    assertThat(raw("POST " + NEXT + " HT")).isEmpty();
    assertThat(
            raw(
                "POST "
                    + NEXT
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 10\r\n\r\n{"))
        .startsWith("HTTP/1.1 408");
    assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).contains("gRPC is at the address");
  }

  @Test
  void answersWhatWasSentAheadInOrder() throws Exception {
    String one = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String last = "GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assertThat(raw(one + one + last)).containsSubsequence("200 OK", "200 OK", "404 Not Found");
  }

  @Test
  void tellsMetrics() throws Exception {
    assertThat(post(NEXT, "{\"account\":\"demo\"}").statusCode()).isEqualTo(200);
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.headers().firstValue("content-type").orElseThrow()).startsWith("text/plain");
    assertThat(answer.body())
        .containsPattern("tokenbroker_turns_total [1-9]")
        .containsPattern("tokenbroker_account_turns_total\\{account=\"demo\"} [1-9]")
        .containsPattern(
            "tokenbroker_rpcs_total\\{code=\"OK\",method=\"TokenBroker/NextToken\"} [1-9]")
        .contains("tokenbroker_store_reachable 1.0")
        .doesNotContain("demo-token");
    assertThat(answer.body().lines().filter(line -> !line.startsWith("#")))
        .allMatch(line -> line.startsWith("tokenbroker_"));
  }

  @Test
  void asksWhoCalls() throws Exception {
    try (Broker guarded =
        Broker.start(
            directory.resolve("guarded"),
            Map.of("LISTEN_HTTP", "127.0.0.1:0", "IDENTITY_KEYS", "true"))) {
      String there = address(guarded);
      for (String path : List.of("/metrics", "/livez")) {
        HttpResponse<String> answer =
            CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://" + there + path)).build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(path.equals("/livez") ? 200 : 401);
      }
      HttpResponse<String> call =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create("http://" + there + NEXT))
                  .header("content-type", "application/json")
                  .header("authorization", "Bearer made-up")
                  .POST(BodyPublishers.ofString("{\"account\":\"demo\"}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(call.statusCode()).isEqualTo(401);
      assertThat(call.headers().firstValue("www-authenticate")).contains("Bearer");
    }
  }

  @Test
  void whomItRefusesIsWrittenDown() throws Exception {
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(
        policy,
        """
        rules:
          - {callers: ["key:other"], accounts: ["*"], may: [metrics]}
        """);
    Path audit = directory.resolve("audit.jsonl");
    try (Broker guarded =
        Broker.start(
            directory.resolve("audited"),
            Map.of(
                "LISTEN_HTTP",
                "127.0.0.1:0",
                "IDENTITY_KEYS",
                "true",
                "POLICY_FILE",
                policy.toString(),
                "AUDIT_FILE",
                audit.toString()))) {
      String there = address(guarded);
      HttpRequest.Builder metrics =
          HttpRequest.newBuilder(URI.create("http://" + there + "/metrics"));
      assertThat(CLIENT.send(metrics.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(401);
      assertThat(refused(audit)).containsExactly(" HTTP/metrics UNAUTHENTICATED UNAUTHENTICATED");
      HttpRequest call =
          HttpRequest.newBuilder(URI.create("http://" + there + NEXT))
              .header("content-type", "application/json")
              .POST(BodyPublishers.ofString("{\"account\":\"demo\"}"))
              .build();
      assertThat(CLIENT.send(call, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
      assertThat(refused(audit))
          .contains(" TokenBroker/NextToken UNAUTHENTICATED UNAUTHENTICATED")
          .hasSize(2);
    }
    Path open = directory.resolve("open.jsonl");
    try (Broker everyone =
        Broker.start(
            directory.resolve("open"),
            Map.of("LISTEN_HTTP", "127.0.0.1:0", "AUDIT_FILE", open.toString()))) {
      assertThat(
              raw(
                  address(everyone),
                  "GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 421");
      assertThat(refused(open)).containsExactly(" HTTP PERMISSION_DENIED MISDIRECTED_REQUEST");
    }
  }

  /** Caller, what was asked for, result, reason. */
  private static List<String> refused(Path audit) throws IOException {
    return Files.readAllLines(audit).stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(one -> one.get("type").getAsString().equals("refused"))
        .peek(one -> assertThat(one.get("from").getAsString()).isEqualTo("127.0.0.1"))
        .map(
            one ->
                String.join(
                    " ",
                    of(one, "caller"),
                    of(one, "method"),
                    of(one, "result"),
                    of(one, "reason")))
        .toList();
  }

  private static String of(JsonObject record, String field) {
    return record.has(field) ? record.get(field).getAsString() : "";
  }

  @Test
  void isNotReadyWhileItStopsAndThenGone() throws Exception {
    try (Broker stopping =
        Broker.start(
            directory.resolve("stopping"),
            Map.of("LISTEN_HTTP", "127.0.0.1:0", "SHUTDOWN_DELAY", "3s"))) {
      URI ready = URI.create("http://" + address(stopping) + "/readyz");
      HttpRequest ask = HttpRequest.newBuilder(ready).build();
      assertThat(CLIENT.send(ask, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      stopping.terminate();
      Eventually.until(
          "it says so",
          () -> {
            try {
              return CLIENT.send(ask, BodyHandlers.ofString()).statusCode() == 503;
            } catch (IOException | InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      assertThat(stopping.awaitExit()).isZero();
    }
  }
}
