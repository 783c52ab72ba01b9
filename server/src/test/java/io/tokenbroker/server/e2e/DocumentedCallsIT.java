package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every call with grpcurl or curl in docs/*.md, word for word but for stand-ins: with all of its
 * block, or alone if it stands within a line. RunbookIT has those of its page.
 */
class DocumentedCallsIT {
  private static final Pattern CALL = Pattern.compile("(?m)(^|[;|&(] *)(grp)?curl ");

  /** What a block that fails leaves behind would hold its output open. */
  private static final String LEAVE_NOTHING = "trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n";

  private static final Pattern INLINE = Pattern.compile("`((?:grp)?curl [^`]+)`");

  @TempDir static Path directory;
  private static final List<Broker> BROKERS = new ArrayList<>();
  private static StandIns standIns;

  /**
   * @param answer as the page has it after the call
   */
  record Call(String page, String text, Optional<String> answer) {
    @Override
    public String toString() {
      return page + ": " + text.lines().findFirst().orElseThrow();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Path socket = directory.resolve("socket");
    Broker plain = start("plain", Map.of("LISTEN_HTTP", "127.0.0.1:0"));
    Broker unused = start("socket-data", Map.of("LISTEN", "unix:" + socket));
    Path certificates = directory.resolve("DIR");
    command("tls", "self-signed", certificates.toString());
    Files.createSymbolicLink(directory.resolve("certs"), certificates);
    Broker guarded =
        start(
            "guarded",
            Map.of(
                "TLS_CERT_FILE", certificates.resolve("server.pem").toString(),
                "TLS_KEY_FILE", certificates.resolve("server.key").toString(),
                "TLS_CLIENT_CA_FILE", certificates.resolve("ca.pem").toString(),
                "IDENTITY_KEYS", "true"));
    String local = guarded.endpoint().replace("127.0.0.1", "localhost");
    Files.writeString(
        directory.resolve("ops.key"),
        command(
            "callers",
            "add",
            "ops",
            "--endpoint=" + local,
            "--tls-ca=" + certificates.resolve("ca.pem"),
            "--tls-cert=" + certificates.resolve("admin.pem"),
            "--tls-key=" + certificates.resolve("admin.key")));
    // curl is to show no progress
    Files.writeString(directory.resolve(".curlrc"), "silent\nshow-error\n");
    standIns =
        new StandIns(
            Map.of(
                "127.0.0.1:50051",
                plain.endpoint(),
                "127.0.0.1:50052",
                plain.httpAddress(),
                "/run/tokenbroker/socket",
                socket.toString(),
                "localhost:50051",
                local,
                "broker.example.com:50051",
                local,
                // as long as it takes here
                "/StreamTokens &",
                "/StreamTokens >turns &",
                "sleep 1;",
                "until grep -qs secret turns; do kill -0 $!; sleep 0.1; done;"));
  }

  private static Broker start(String data, Map<String, String> settings) throws Exception {
    Broker broker = Broker.start(directory.resolve(data), settings, "--demo");
    BROKERS.add(broker);
    return broker;
  }

  /** Returns what it prints. */
  private static String command(String... arguments) {
    StringWriter out = new StringWriter();
    int exit = TokenBrokerCli.commandLine().setOut(new PrintWriter(out)).execute(arguments);
    assertThat(exit).isZero();
    return out.toString();
  }

  @AfterAll
  static void stop() {
    BROKERS.forEach(Broker::close);
  }

  static Stream<Call> calls() throws IOException {
    List<Path> pages;
    try (Stream<Path> found = Files.list(Documents.folder())) {
      pages =
          found
              .filter(page -> page.toString().endsWith(".md"))
              .filter(page -> !page.endsWith("runbook.md"))
              // its answers are of the first turn
              .sorted(
                  Comparator.comparing((Path page) -> !page.endsWith("http.md"))
                      .thenComparing(Comparator.naturalOrder()))
              .toList();
    }
    return pages.stream().flatMap(DocumentedCallsIT::calls);
  }

  private static Stream<Call> calls(Path file) {
    String page = file.getFileName().toString();
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Call> calls = new ArrayList<>();
    List<Block> blocks = Block.of(text);
    for (int i = 0; i < blocks.size(); i++) {
      if (CALL.matcher(blocks.get(i).text()).find()) {
        Optional<String> answer =
            blocks.stream()
                .skip(i + 1)
                .limit(1)
                .filter(next -> next.language().equals("json"))
                .map(Block::text)
                .findFirst();
        calls.add(new Call(page, blocks.get(i).text(), answer));
      }
    }
    INLINE
        .matcher(Block.outside(text))
        .results()
        .map((MatchResult call) -> new Call(page, call.group(1), Optional.empty()))
        .forEach(calls::add);
    return calls.stream();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void works(Call call) throws Exception {
    Tools.requireFor(call.text());
    Tools.Ran ran =
        Tools.run(
            Shell.of(
                directory,
                Map.of("CURL_HOME", directory.toString()),
                LEAVE_NOTHING + standIns.in(call.text())));
    assertThat(ran.exit()).as(ran.output()).isZero();
    assertThat(ran.output()).isNotEmpty();
    call.answer()
        .ifPresent(
            answer ->
                assertThat(JsonParser.parseString(ran.output()))
                    .isEqualTo(JsonParser.parseString(answer)));
  }

  @Test
  void whatIsRunInsteadIsWritten() throws IOException {
    standIns.requireIn(String.join("\n", calls().map(Call::text).toList()));
  }
}
