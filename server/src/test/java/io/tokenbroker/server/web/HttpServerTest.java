package io.tokenbroker.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.grpc.Plane;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP port before callers who don't do as they should. */
class HttpServerTest {
  private static final String LAST =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  private static final String DATA = "tokenbroker.v1.TokenBroker/";
  private static final String ADMIN = "tokenbroker.v1.TokenBrokerAdmin/";

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  @Test
  void headersAreBoundedInNumber() throws Exception {
    try (WebServer server = new WebServer()) {
      String many = "GET /livez HTTP/1.1\r\nHost: localhost\r\n" + "a:\r\n".repeat(4_000) + "\r\n";
      assertThat(server.raw(many)).startsWith("HTTP/1.1 431").contains("100 headers");
    }
  }

  @Test
  void whatIsSentAheadIsAnsweredInItsTurn() throws Exception {
    try (WebServer server = new WebServer()) {
      server.broker.store.put("a", "made-up");
      String watch =
          WebServer.post(DATA + "WatchAccount", "{\"account\":\"a\"}", "Connect-Timeout-Ms: 50");
      String many = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3_000);
      String heard = server.raw(watch + many + LAST);
      assertThat(count(heard, "\r\n\r\nok\n")).isEqualTo(3_001);
      assertThat(heard.indexOf("deadline_exceeded"))
          .isPositive()
          .isLessThan(heard.indexOf("\r\n\r\nok\n"));
    }
  }

  @Test
  void aStreamWhoseTimeIsOverIsLetGoOf() throws Exception {
    try (WebServer server = new WebServer()) {
      server.broker.store.put("a", "made-up");
      String stream =
          WebServer.post(
              DATA + "StreamTokens",
              "{\"account\":\"a\",\"demand\":\"1\",\"streamId\":\"s\"}",
              "Connect-Timeout-Ms: 2000");
      for (int i = 0; i < 2; i++) {
        assertThat(server.raw(stream + LAST)).contains("made-up", "deadline_exceeded");
        assertThat(server.broker.streams.size()).isZero();
      }
      assertThat(server.grpc.rpcs())
          .anyMatch(
              one ->
                  one.method().equals("TokenBroker/StreamTokens")
                      && one.code().equals("DEADLINE_EXCEEDED")
                      && one.count() == 2);
    }
  }

  @Test
  void aWatchThatAsksNobodyWhoItIsEnds() throws Exception {
    TestBroker broker = new TestBroker();
    try (WebServer server =
        new WebServer(
            broker,
            broker.services(),
            Duration.ofSeconds(1),
            Optional.empty(),
            CompletableFuture::new,
            Plane.ALL)) {
      assertThat(server.raw(WebServer.post("grpc.health.v1.Health/Watch", "{}")))
          .contains("SERVING", "deadline_exceeded");
    }
  }

  @Test
  void partsOfSeveralThreadsComeInTheirOrder() throws Exception {
    try (WebServer server = new WebServer(new TestBroker(), List.of(new TwoThreads()))) {
      String heard =
          server.raw(
              WebServer.post(DATA + "StreamTokens", "{\"account\":\"a\"}", "Connection: close"));
      assertThat(heard).containsSubsequence("elsewhere", "event-loop");
    }
  }

  /** Has one message sent by another thread, and then one, and the end, by its own. */
  private static final class TwoThreads extends TokenBrokerGrpc.TokenBrokerImplBase {
    @Override
    public void streamTokens(
        StreamTokensRequest request, StreamObserver<StreamTokensResponse> observer) {
      CompletableFuture.runAsync(() -> observer.onNext(message("elsewhere"))).join();
      observer.onNext(message("event-loop"));
      observer.onCompleted();
    }

    private static StreamTokensResponse message(String secret) {
      return StreamTokensResponse.newBuilder()
          .addTurns(Turn.newBuilder().setSecret(secret))
          .build();
    }
  }

  @Test
  void aContentLengthThatIsNoneIsAnswered() throws Exception {
    try (WebServer server = new WebServer()) {
      assertThat(
              server.raw(
                  "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n{}"))
          .startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void aFaultIsInTheLog() throws Exception {
    TestBroker broker = new TestBroker();
    Scrape broken =
        () -> {
          throw new IllegalStateException("made up");
        };
    try (LogLines log = new LogLines(HttpConnection.class);
        WebServer server =
            new WebServer(
                broker,
                broker.services(),
                Duration.ofMinutes(1),
                Optional.empty(),
                broken,
                Plane.ALL)) {
      assertThat(server.raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")).isEmpty();
      assertThat(log.lines())
          .containsExactly("WARN a fault has ended a connection of the HTTP port");
    }
  }

  @Test
  void whatAnotherAddressServesIsSaid() throws Exception {
    TestBroker broker = new TestBroker();
    broker.store.put("a", "made-up");
    for (Plane first : List.of(Plane.DATA, Plane.ADMIN)) {
      try (WebServer server =
          new WebServer(
              new TestBroker(),
              broker.services(),
              Duration.ofMinutes(1),
              Optional.empty(),
              CompletableFuture::new,
              first,
              first == Plane.DATA ? Plane.ADMIN : Plane.DATA)) {
        String elsewhere =
            first == Plane.DATA
                ? WebServer.post(ADMIN + "ListAccounts", "{}")
                : WebServer.post(DATA + "NextToken", "{\"account\":\"a\"}");
        assertThat(server.raw(elsewhere + LAST)).contains("HTTP/1.1 501", "WRONG_ADDRESS");
        assertThat(server.raw(WebServer.post(DATA + "GetVersion", "{}") + LAST)).contains("1.2.3");
      }
    }
    broker.close();
  }

  @Test
  void whatIsNoRequestOfAnActIsWrittenDown(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("audit.jsonl");
    AuditLog audit =
        AuditLog.start(
            new AuditConfig(
                file,
                Optional.of(directory.resolve("key")),
                1 << 24,
                1 << 24,
                Fsync.NEVER,
                AuditConfig.Turns.SUMMARY,
                OnFailure.REFUSE_ADMIN),
            "",
            InstantSource.system(),
            System::nanoTime);
    TestBroker broker = new TestBroker();
    try (WebServer server =
        new WebServer(
            broker,
            broker.services(),
            Duration.ofMinutes(1),
            Optional.of(audit),
            CompletableFuture::new,
            Plane.ALL)) {
      assertThat(server.raw(WebServer.post(ADMIN + "AddTokens", "{\"acount\":\"a\"}") + LAST))
          .contains("HTTP/1.1 400", "has no field acount");
      assertThat(Files.readAllLines(file))
          .map(line -> JsonParser.parseString(line).getAsJsonObject())
          .filteredOn(one -> one.get("type").getAsString().equals("answer"))
          .singleElement()
          .satisfies(
              (JsonObject one) ->
                  assertThat(one.get("reason").getAsString()).isEqualTo("INVALID_FIELD"));
    } finally {
      audit.close(Duration.ofMinutes(1));
    }
  }
}
