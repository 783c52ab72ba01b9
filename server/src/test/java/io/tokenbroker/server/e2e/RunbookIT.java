package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import io.tokenbroker.server.testing.WebhookReceiver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command of docs/runbook.md, word for word, with a broker that has the account demo. */
class RunbookIT {
  @TempDir static Path directory;
  private static Broker broker;
  private static String http;

  @BeforeAll
  static void start() throws Exception {
    Path data = directory.resolve("tokenbroker-data");
    broker =
        Broker.start(
            data,
            Map.of(
                "LISTEN_HTTP",
                "127.0.0.1:0",
                "WEBHOOK_URL",
                "http://127.0.0.1:9/",
                "WEBHOOK_SECRET",
                WebhookReceiver.SECRET),
            "--demo");
    http = broker.httpAddress();
    try (Caller caller = broker.caller()) {
      assertThat(caller.next("demo").getSecret()).isNotEmpty();
    }
    assertThat(
            Cli.run(Map.of(), "", "tls", "self-signed", directory.resolve("tls").toString()).exit())
        .isZero();
    Files.copy(directory.resolve("tls/server.pem"), directory.resolve("server.pem"));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  static Stream<String> commands() throws Exception {
    return Block.of(Files.readString(Documents.folder().resolve("runbook.md"))).stream()
        .filter(Block::isShell)
        .flatMap(block -> block.text().lines())
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void works(String command) throws Exception {
    Tools.Ran ran =
        Tools.run(
            Shell.of(
                directory,
                Map.of("TOKENBROKER_ENDPOINT", broker.endpoint()),
                command.replace("127.0.0.1:50052", http)));
    assertThat(ran.exit()).as(ran.output()).isZero();
    assertThat(ran.output()).isNotEmpty();
  }
}
