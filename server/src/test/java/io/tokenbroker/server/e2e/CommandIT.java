package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tokenbroker.server.e2e.Cli.Result;
import io.tokenbroker.server.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution's command against the distribution's daemon on the embedded store. */
class CommandIT {
  private static final String A = Broker.SECRET + "a";
  private static final String B = Broker.SECRET + "b";
  private static final String C = Broker.SECRET + "c";

  @TempDir static Path directory;
  private static Broker broker;

  @BeforeAll
  static void start() throws InterruptedException {
    broker = Broker.start(directory.resolve("data"));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    try (Broker closed = broker) {
      assertThat(closed.stop()).isZero();
    }
  }

  private static void importTokens(String account, String... secrets) throws InterruptedException {
    Result result =
        broker.cliWithInput(String.join("\n", secrets), "tokens", "import", account, "-");
    assertThat(result.exit()).as(result.err()).isZero();
  }

  private static List<String> secrets(Result result) {
    assertThat(result.exit()).as(result.err()).isZero();
    return result.json().stream().map(turn -> turn.get("secret").getAsString()).toList();
  }

  private static List<String> ids(String account) throws InterruptedException {
    return broker.cli("tokens", "list", account, "--json").json().stream()
        .map(token -> token.get("token_id").getAsString())
        .toList();
  }

  @Test
  void importsAFileOnceAndHandsOutItsTokensInTurn() throws Exception {
    Path csv = directory.resolve("tokens.csv");
    Files.writeString(csv, "secret,label\n" + A + ",first\n" + B + ",\n" + C + ",\n");

    Result imported = broker.cli("tokens", "import", "file", csv.toString(), "--json");
    assertThat(imported.exit()).as(imported.err()).isZero();
    assertThat(imported.out()).contains("\"added\":3", "\"already_there\":0");
    List<String> ids = ids("file");
    Result again = broker.cli("tokens", "import", "file", csv.toString(), "--json");
    assertThat(again.out()).contains("\"added\":0", "\"already_there\":3");
    assertThat(ids("file")).isEqualTo(ids).hasSize(3);

    JsonObject first = broker.cli("next", "file", "--json").json().get(0);
    assertThat(first.get("account").getAsString()).isEqualTo("file");
    assertThat(first.get("token_id").getAsString()).isEqualTo(ids.get(0));
    assertThat(first.get("secret").getAsString()).isEqualTo(A);
    assertThat(first.get("turn").getAsLong()).isEqualTo(1);
    Result five = broker.cli("next", "file", "--count", "5", "--json");
    assertThat(secrets(five)).containsExactly(B, C, A, B, C);
    assertThat(broker.cli("next", "file", "-q").outLines()).containsExactly(A);
  }

  @Test
  void importsStandardInputWholeOrNotAtAll() throws Exception {
    Result refused =
        broker.cliWithInput(
            "secret,weight\n" + A + ",1\n" + B + ",101\n", "tokens", "import", "stdin", "-");
    assertThat(refused.exit()).isEqualTo(65);
    assertThat(refused.err()).contains("line 3", "nothing was imported").doesNotContain(B);
    assertThat(broker.cli("next", "stdin").exit()).isEqualTo(3);

    importTokens("stdin", A, B);
    assertThat(secrets(broker.cli("next", "stdin", "--count", "3", "--json")))
        .containsExactly(A, B, A);
  }

  @Test
  void tellsTheVersionsOfBoth() throws Exception {
    Result result = broker.cli("version", "--json");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.json())
        .singleElement()
        .satisfies(
            both -> {
              assertThat(both.get("version").getAsString()).matches("[0-9]+\\.[0-9]+.*");
              assertThat(both.get("broker_version")).isEqualTo(both.get("version"));
            });
  }

  @Test
  void saysWhyThereWasNoTokenAtTheEndOfAWait() throws Exception {
    importTokens("patient", A);
    assertThat(
            broker
                .cli(
                    "report",
                    "patient",
                    ids("patient").get(0),
                    "rate-limited",
                    "--retry-after",
                    "1h")
                .exit())
        .isZero();
    Result result = broker.cli("next", "patient", "--wait", "--timeout", "1ms", "--json");
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.err()).contains("\"reason\":\"TOKENS_COOLING\"");
  }

  @Test
  void aStreamSaysThatNoTokenWasReady() throws Exception {
    importTokens("spent", A);
    assertThat(
            broker
                .cli("report", "spent", ids("spent").get(0), "rate-limited", "--retry-after", "1h")
                .exit())
        .isZero();
    Result result = broker.cli("stream", "spent", "--timeout", "5s");
    assertThat(result.exit()).as(result.err()).isEqualTo(4);
    assertThat(result.err()).contains("0 of 1 tokens are ready (cooldown 1)");
  }

  @Test
  void aStreamStopsAtItsLimitAndAWatchBeginsWithTheWholeState() throws Exception {
    importTokens("stream", A, B);

    Result seven = broker.cli("stream", "stream", "--limit", "7", "--json");
    assertThat(secrets(seven)).containsExactly(A, B, A, B, A, B, A);
    assertThat(seven.json())
        .extracting(turn -> turn.get("turn").getAsInt())
        .containsExactly(1, 2, 3, 4, 5, 6, 7);

    Process watch =
        Launcher.start(
            Map.of("TOKENBROKER_ENDPOINT", broker.endpoint()), "watch", "stream", "--json");
    try {
      Output lines = Output.of(watch.getInputStream());
      Eventually.until("a state is printed", () -> !lines.lines().isEmpty());
      assertThat(lines.lines().get(0))
          .contains("\"account\":\"stream\"", "\"turn\":7", "\"ready_count\":2")
          .doesNotContain(A);
      importTokens("stream", C);
      Eventually.until(
          "the new one is seen", () -> lines.firstWith("\"ready_count\":3").isPresent());
    } finally {
      watch.destroyForcibly().waitFor();
    }
  }

  @Test
  void disabledAndRemovedTokensTakeNoTurns() throws Exception {
    importTokens("change", A, B, C);
    List<String> ids = ids("change");

    assertThat(broker.cli("tokens", "disable", "change", ids.get(1)).exit()).isZero();
    assertThat(secrets(broker.cli("next", "change", "--count", "4", "--json")))
        .containsExactly(A, C, A, C);
    assertThat(broker.cli("tokens", "enable", "change", ids.get(1)).exit()).isZero();
    assertThat(broker.cli("tokens", "remove", "change", ids.get(0), "--yes").exit()).isZero();
    assertThat(secrets(broker.cli("next", "change", "--count", "4", "--json")))
        .containsExactly(B, C, B, C);

    assertThat(broker.cli("tokens", "remove", "change", ids.get(0), "--yes").exit()).isEqualTo(3);
    assertThat(broker.cli("tokens", "disable", "change", ids.get(1), ids.get(2)).exit()).isZero();
    Result none = broker.cli("next", "change", "--json");
    assertThat(none.exit()).isEqualTo(4);
    assertThat(none.err()).contains("\"TOKENS_QUARANTINED\"");
  }

  @Test
  void accountsAreListedShownRefreshedAndDeleted() throws Exception {
    importTokens("gone", A, B);

    assertThat(broker.cli("accounts", "list").out()).contains("gone");
    Result shown = broker.cli("accounts", "show", "gone", "--json");
    assertThat(shown.out()).contains("\"token_count\":2", "\"loaded\":false");
    Result refreshed = broker.cli("refresh", "gone", "--json");
    assertThat(refreshed.exit()).as(refreshed.err()).isZero();
    assertThat(refreshed.out()).contains("\"token_count\":2");

    assertThat(broker.cli("accounts", "delete", "gone").exit()).isEqualTo(2);
    assertThat(broker.cli("next", "gone").exit()).isZero();
    assertThat(broker.cli("accounts", "delete", "gone", "--yes").exit()).isZero();
    Result next = broker.cli("next", "gone");
    assertThat(next.exit()).isEqualTo(3);
    assertThat(next.err().strip())
        .isEqualTo(
            "tokenbroker: No credentials for account gone. Names are case-sensitive; see"
                + " `tokenbroker accounts list`.");
    assertThat(broker.cli("accounts", "list").out()).doesNotContain("gone");
  }

  @Test
  void lettersSurviveTheLocaleOfCronAndContainers() throws Exception {
    String zurich = "\"$(printf 'Z\\303\\274rich')\"";
    Map<String, String> environment =
        Map.of("TOKENBROKER_ENDPOINT", broker.endpoint(), "LC_ALL", "C");
    // in which $0 is the launcher
    Result added =
        Cli.run(List.of("sh", "-c", "\"$0\" tokens import " + zurich + " -"), environment, A);
    assertThat(added.exit()).as(added.err()).isZero();
    Result exec =
        Cli.run(
            List.of(
                "sh", "-c", "\"$0\" exec " + zurich + " -- sh -c 'printf %s \"$1\"' sh " + zurich),
            environment,
            "");
    assertThat(exec.out()).isEqualTo("Z\u00fcrich");
    assertThat(broker.cli("accounts", "list", "--json").out()).contains("Z\u00fcrich");
  }

  @Test
  void scriptsCanTellWhatFailed() throws InterruptedException {
    assertThat(broker.cli("next", "no-such-account").exit()).isEqualTo(3);
    assertThat(broker.cli("next", "a", "--count", "1001").exit()).isEqualTo(2);
    assertThat(broker.cli("next").exit()).isEqualTo(2);
    // a port that nobody listens on: reserved, and refused at once
    Result lost = broker.cli("next", "a", "--endpoint", "127.0.0.1:1", "--timeout", "20s");
    assertThat(lost.exit()).isEqualTo(5);
    assertThat(lost.err().lines()).hasSize(1);
  }
}
