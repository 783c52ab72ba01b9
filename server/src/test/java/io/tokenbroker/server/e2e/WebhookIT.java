package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.WebhookReceiver;
import io.tokenbroker.server.testing.WebhookReceiver.Received;
import io.tokenbroker.server.testing.WebhookReceiver.Reply;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a receiver hears of a daemon, whatever it does about it. */
class WebhookIT {
  @TempDir Path directory;
  private WebhookReceiver receiver;

  @BeforeEach
  void receiver() throws IOException {
    receiver = new WebhookReceiver();
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  private Broker start(Map<String, String> more) throws Exception {
    Path secret = directory.resolve("webhook-secret");
    if (!Files.exists(secret)) {
      Files.writeString(secret, WebhookReceiver.SECRET + "\n");
    }
    Map<String, String> settings = new HashMap<>(more);
    settings.put("LISTEN_HTTP", "127.0.0.1:0");
    settings.putIfAbsent("WEBHOOK_URL", receiver.url().toString());
    settings.put("WEBHOOK_SECRET_FILE", secret.toString());
    settings.put("WEBHOOK_SETTLE", "0s");
    return Broker.start(directory.resolve("data"), settings);
  }

  /** Hands out a token, which its upstream refuses; returns its id. */
  private static String refuse(Caller caller, String account) {
    Turn turn = caller.next(account);
    var unused =
        caller
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount(account)
                    .setTokenId(turn.getTokenId())
                    .setTurn(turn.getNumber())
                    .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED))
                    .build());
    return turn.getTokenId();
  }

  private static String metrics(Broker broker) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + "/metrics")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void tellsOfATokenThatIsRefusedAndOfTheAccountThatIsOut() throws Exception {
    try (Broker broker = start(Map.of());
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 1, 1)).hasSize(1);
      String token = refuse(caller, "acme");
      Eventually.until("both are told", () -> receiver.received().size() == 2);
      assertThat(receiver.types()).containsExactlyInAnyOrder("token.quarantined", "account.out");
      assertThat(receiver.received())
          .allMatch(Received::signed)
          .noneMatch(told -> told.body().contains(Broker.SECRET))
          .allSatisfy(told -> assertThat(told.json().get("id").getAsString()).isEqualTo(told.id()))
          .allSatisfy(
              told -> {
                assertThat(told.data().get("account").getAsString()).isEqualTo("acme");
                assertThat(told.data().get("broker").getAsString()).isNotEmpty();
              });
      assertThat(receiver.received())
          .filteredOn(told -> told.type().equals("token.quarantined"))
          .singleElement()
          .satisfies(
              told -> {
                assertThat(told.data().get("token_id").getAsString()).isEqualTo(token);
                assertThat(told.data().get("reason").getAsString()).isEqualTo("unauthorized");
              });
      Eventually.until(
          "it is counted",
          () -> {
            try {
              return metrics(broker).contains("tokenbroker_webhooks_delivered_total 2.0");
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      assertThat(metrics(broker)).contains("tokenbroker_webhooks_pending 0.0");
    }
  }

  @Test
  void aReceiverThatFailsIsToldLater() throws Exception {
    receiver.reply(new Reply(500), new Reply(429, Map.of("Retry-After", "1")), new Reply(0));
    try (Broker broker = start(Map.of());
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 5, 1)).hasSize(5);
      String token = refuse(caller, "acme");
      Eventually.until("it is told", () -> receiver.received().size() == 4);
      assertThat(receiver.received())
          .allMatch(Received::signed)
          .allMatch(told -> told.data().get("token_id").getAsString().equals(token));
      assertThat(receiver.received().stream().map(Received::id).distinct()).hasSize(1);
      Eventually.until(
          "it says so", () -> broker.log().firstWith("webhooks are delivered again").isPresent());
      assertThat(broker.log().firstWith("webhook not delivered").orElseThrow())
          .contains("HTTP status 500")
          .doesNotContain("made-up");
    }
  }

  @Test
  void aReceiverThatHangsHoldsUpNobodyAndNoStop() throws Exception {
    receiver.replyAlways(new Reply(-1));
    try (Broker broker = start(Map.of("WEBHOOK_TIMEOUT", "1m"))) {
      try (Caller caller = broker.caller()) {
        assertThat(caller.add("acme", 3, 1)).hasSize(3);
        String first = refuse(caller, "acme");
        Eventually.until("it is being told", () -> receiver.received().size() == 1);
        String second = refuse(caller, "acme");
        assertThat(second).isNotEqualTo(first);
        assertThat(caller.next("acme").getTokenId()).isNotIn(first, second);
      }
      assertThat(broker.stop()).isZero();
      assertThat(broker.log().firstWith("webhooks not delivered at the stop")).isPresent();
    }
  }

  @Test
  void whatIsStillPendingAtAStopIsToldToOneThatTakesIt() throws Exception {
    try (Broker broker = start(Map.of())) {
      try (Caller caller = broker.caller()) {
        assertThat(caller.add("acme", 5, 1)).hasSize(5);
        assertThat(refuse(caller, "acme")).isNotEmpty();
      }
      assertThat(broker.stop()).isZero();
      assertThat(receiver.types()).containsExactly("token.quarantined");
    }
  }

  private static String documented(String language, int which) throws IOException {
    return Block.of(Files.readString(Documents.folder().resolve("webhooks.md"))).stream()
        .filter(block -> block.language().equals(language))
        .map(Block::text)
        .toList()
        .get(which);
  }

  @Test
  void theDocumentsReceiverTakesWhatIsTold() throws Exception {
    Path python =
        Tools.find("bin/python3", "python3")
            .orElseThrow(() -> Tools.missing("there is no python3"));
    Path script = Files.writeString(directory.resolve("receiver.py"), documented("python", 0));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    ProcessBuilder command = new ProcessBuilder(python.toString(), script.toString());
    command.environment().put("WEBHOOK_SECRET", WebhookReceiver.SECRET);
    command.environment().put("PORT", String.valueOf(port));
    Process process = command.redirectErrorStream(true).start();
    Output said = Output.of(process.getInputStream());
    try (Broker broker = start(Map.of("WEBHOOK_URL", "http://127.0.0.1:" + port + "/"));
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 5, 1)).hasSize(5);
      String token = refuse(caller, "acme");
      Eventually.until(
          "it is told", () -> said.lines().stream().anyMatch(line -> line.contains(token)));
      assertThat(said.firstWith("token.quarantined").orElseThrow()).contains("'reason': 'unauth");
      assertThat(signOfLife(port)).isEqualTo(204);
    } finally {
      boolean unused = process.toHandle().destroyForcibly();
    }
  }

  /** As the doctor asks for it. */
  private static int signOfLife(int port) throws Exception {
    HttpRequest head =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(head, BodyHandlers.discarding()).statusCode();
  }

  @Test
  void theDocumentsWordsForOpensslGiveTheSignature() throws Exception {
    Tools.Ran ran = Tools.run(List.of("sh", "-c", documented("sh", 1)));
    assertThat(ran.output()).isEqualTo("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n");
  }

  @Test
  void withoutAReceiverNothingOfItIsLoaded() throws Exception {
    Path classes = directory.resolve("classes");
    try (Broker broker =
        Broker.start(
            directory.resolve("data"),
            Map.of("JAVA_OPTS", "-Xmx512m -Xlog:class+load:file=" + classes))) {
      try (Caller caller = broker.caller()) {
        assertThat(caller.add("acme", 5, 1)).hasSize(5);
        assertThat(refuse(caller, "acme")).isNotEmpty();
      }
      assertThat(broker.stop()).isZero();
      assertThat(Files.readString(classes))
          .contains("io.tokenbroker.server.rotation.RotationTable ")
          .doesNotContain("java.net.http.")
          .doesNotContain("jdk.internal.net.http.")
          .doesNotContain("io.tokenbroker.server.alert.Deliveries ");
    }
  }
}
