package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.TraceCollector;
import io.tokenbroker.server.testing.WebhookReceiver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the doctor says of set-ups that are broken in earnest. */
class DoctorTest {
  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private Duration later = Duration.ZERO;
  private Path data;
  private String said = "";

  @BeforeEach
  void aSetUpThatWorks() {
    data = directory.resolve("data");
    set("DATA", data);
    set("LISTEN", "127.0.0.1:0");
  }

  private void set(String name, Object value) {
    environment.put("TOKENBROKER_" + name, value.toString());
  }

  private int doctor(String... arguments) {
    InstantSource clock = () -> Instant.now().plus(later);
    StringWriter out = new StringWriter();
    int exit =
        new CommandLine(new DoctorCommand(environment, clock))
            .setOut(new PrintWriter(out))
            .execute(arguments);
    said = out.toString();
    return exit;
  }

  /** Level and subject of what is not well. */
  private Stream<String> troubles() {
    return said.lines()
        .filter(line -> line.startsWith("warn") || line.startsWith("fail"))
        .map(line -> line.substring(0, 19).trim().replaceAll(" +", " "));
  }

  private Daemon serve() throws Exception {
    return BrokerDaemon.start(
        LoadedConfig.load(Optional.empty(), environment, Map.of()).config(),
        store ->
            store.addTokens(
                new AccountId("acme"),
                List.of(new NewToken(new Secret("made-up"), TokenSettings.DEFAULT))),
        InstantSource.system(),
        new CompletableFuture<>());
  }

  private Path tls() {
    Path tls = directory.resolve("tls");
    assertThat(TokenBrokerCli.commandLine().execute("tls", "self-signed", tls.toString())).isZero();
    set("TLS_CERT_FILE", tls.resolve("server.pem"));
    set("TLS_KEY_FILE", tls.resolve("server.key"));
    set("TLS_CLIENT_CA_FILE", tls.resolve("ca.pem"));
    return tls;
  }

  @Test
  void nothingIsWrongBeforeTheFirstStartAndNothingIsMade() {
    assertThat(doctor()).as(said).isZero();
    assertThat(troubles()).isEmpty();
    assertThat(said)
        .containsPattern("ok +data +.* will be made at the first start")
        .containsPattern("ok +address +127\\.0\\.0\\.1:0 is free");
    assertThat(data).doesNotExist();
  }

  @Test
  void nothingIsWrongBesideABrokerThatRuns() throws Exception {
    Daemon daemon = serve();
    try {
      set("LISTEN", "127.0.0.1:" + daemon.ports().get(0));
      assertThat(doctor()).as(said).isZero();
      assertThat(troubles()).isEmpty();
      assertThat(said)
          .contains("is in use by a broker", "is in use, as a broker runs")
          .containsPattern("ok +keys +those of all secrets are there")
          .containsPattern("ok +database +SQLite has the tables");
    } finally {
      daemon.stop();
    }
  }

  @Test
  void aReceiverOfWebhooksThatDoesNotAnswer() throws IOException {
    set("WEBHOOK_SECRET", WebhookReceiver.SECRET);
    try (WebhookReceiver receiver = new WebhookReceiver()) {
      set("WEBHOOK_URL", receiver.url());
      assertThat(doctor()).as(said).isZero();
      assertThat(troubles()).isEmpty();
      assertThat(said).containsPattern("ok +webhook +127\\.0\\.0\\.1 answers \\(HTTP status 204");
      assertThat(receiver.received()).isEmpty();
    }
    assertThat(doctor()).as(said).isZero();
    assertThat(troubles()).containsExactly("warn webhook");
    assertThat(said).doesNotContain("made-up");
    set("WEBHOOK_CA_FILE", directory.resolve("none.pem"));
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail webhook");
  }

  @Test
  void aCollectorOfTracesThatDoesNotAnswer() throws IOException {
    assertThat(doctor()).isZero();
    assertThat(said).doesNotContain("traces");
    try (TraceCollector collector = new TraceCollector()) {
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
      assertThat(doctor()).as(said).isZero();
      assertThat(troubles()).isEmpty();
      assertThat(said)
          .containsPattern("ok +traces +127\\.0\\.0\\.1:\\d+ answers \\(HTTP status 200");
      assertThat(collector.told()).isEmpty();
    }
    assertThat(doctor()).as(said).isZero();
    assertThat(troubles()).containsExactly("warn traces");
    assertThat(said).contains("does not answer (ConnectException)", "port 4318");
  }

  /** A collector has one as well, and it is the one that OpenTelemetry elsewhere takes first. */
  @Test
  void aPortOfGrpcIsNoCollectorOfTraces() throws Exception {
    Daemon daemon = serve();
    try {
      set("LISTEN", "127.0.0.1:" + daemon.ports().get(0));
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + daemon.ports().get(0));
      assertThat(doctor()).as(said).isZero();
      assertThat(troubles()).containsExactly("warn traces");
    } finally {
      daemon.stop();
    }
  }

  @Test
  void variablesOfTracesThatCannotBeUsed() {
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318");
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail traces");
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:4318");
    environment.put("OTEL_EXPORTER_OTLP_CERTIFICATE", directory.resolve("none.pem").toString());
    assertThat(doctor()).isEqualTo(1);
    assertThat(said).contains("OTEL_EXPORTER_OTLP_CERTIFICATE", "none.pem");
    environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    assertThat(doctor()).isEqualTo(1);
    assertThat(said).contains("only http/protobuf is spoken here");
  }

  @Test
  void aConfigurationThatCannotBeUsed() throws IOException {
    Path file = Files.writeString(directory.resolve("broker.yaml"), "lisen: 127.0.0.1:0\n");
    assertThat(doctor("--config", file.toString())).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail configuration");
    assertThat(said).contains("broker.yaml:1", "listen");
  }

  @Test
  void aDatabaseThatIsDamaged() throws Exception {
    serve().stop();
    Path file = data.resolve("tokenbroker.db");
    byte[] before = Files.readAllBytes(file);
    byte[] damaged = before.clone();
    for (int i = 4096; i < damaged.length; i++) {
      damaged[i] = (byte) 0xa5;
    }
    Files.write(file, damaged);
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail database");
    assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
  }

  @Test
  void aDataDirectoryThatIsNone() throws IOException {
    Files.writeString(data, "a file");
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail data");
  }

  @Test
  void aDataDirectoryThatOthersMayEnter() throws Exception {
    serve().stop();
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(doctor()).as("a warning").isZero();
    assertThat(troubles()).containsExactly("warn data");
    assertThat(said).contains("chmod 700");
  }

  @Test
  void keysThatAreGoneOrThatOthersMayRead() throws Exception {
    serve().stop();
    Path keys = data.resolve("tokenbroker.keyset");
    Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail keys");
    assertThat(said).contains("chmod 600");
    Files.delete(keys);
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail keys");
    assertThat(said).contains("is not there", "Restore the keyset");
    assertThat(keys).doesNotExist();
  }

  @Test
  void certificatesThatExpire() throws Exception {
    Path tls = tls();
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(
        policy,
        """
        rules:
          - {callers: ["dns:client"], accounts: ["*"], may: [next]}
        """);
    set("POLICY_FILE", policy);
    assertThat(doctor()).as(said).isZero();
    assertThat(troubles()).isEmpty();
    later = Duration.ofDays(355);
    assertThat(doctor()).isZero();
    assertThat(troubles()).contains("warn tls").doesNotContain("fail tls");
    later = Duration.ofDays(400);
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).contains("fail tls");
    later = Duration.ZERO;
    Files.setPosixFilePermissions(
        tls.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(doctor()).isZero();
    assertThat(troubles()).containsExactly("warn files");
    Files.writeString(tls.resolve("server.pem"), "no certificate");
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).contains("fail tls");
  }

  @Test
  void aPolicyThatCannotBeUsedAndNone() throws Exception {
    tls();
    assertThat(doctor()).isZero();
    assertThat(troubles()).containsExactly("warn policy");
    Path policy = Files.writeString(directory.resolve("policy.yaml"), "rules: [{may: [fly]}]\n");
    set("POLICY_FILE", policy);
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).contains("fail policy");
    assertThat(said).contains("policy.yaml");
  }

  @Test
  void anAddressThatIsTakenAndOneOfAnotherMachine() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      set("LISTEN_HTTP", "127.0.0.1:" + other.getLocalPort());
      assertThat(doctor()).isZero();
      assertThat(troubles()).containsExactly("warn address");
    }
    environment.remove("TOKENBROKER_LISTEN_HTTP");
    set("LISTEN", "192.0.2.1:50051");
    set("INSECURE", true);
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).contains("fail address");
  }

  @Test
  void aDatabaseServerThatIsNotThere() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    set("DB_URL", "jdbc:mysql://127.0.0.1:%d/tokenbroker".formatted(port));
    set("DB_USER", "tokenbroker");
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail database");
  }

  @Test
  void anAuditLogWithoutADirectory() {
    set("AUDIT_FILE", directory.resolve("not/there/audit.jsonl"));
    assertThat(doctor()).isEqualTo(1);
    assertThat(troubles()).containsExactly("fail audit");
  }
}
