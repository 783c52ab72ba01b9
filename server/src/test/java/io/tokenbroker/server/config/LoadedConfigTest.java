package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tokenbroker.server.account.JobSettings;
import io.tokenbroker.server.alert.AlertSettings;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.lease.LeaseBounds;
import io.tokenbroker.server.lease.LeaseSettings;
import io.tokenbroker.server.log.LogConfig;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.RotationSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadedConfigTest {
  private static final long HEAP = Runtime.getRuntime().maxMemory();

  @TempDir Path directory;

  @Test
  void hasDefaults() {
    Config config = load(Map.of(), Map.of());

    assertThat(config.listen().calls().isOpen()).isFalse();
    assertThat(config.listen().calls().given()).isEqualTo(new HostPort("127.0.0.1", 50051));
    assertThat(config.listen().admin()).isEmpty();
    assertThat(config.listen().socketMode())
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(config.listen().insecure()).isFalse();
    assertThat(config.data()).isEqualTo(Path.of("./tokenbroker-data"));
    assertThat(config.database())
        .isEqualTo(
            new DatabaseConfig(
                Optional.empty(), Optional.empty(), Password.NONE, 8, 1000, HEAP / 100 * 12));
    assertThat(config.database().embedded()).isTrue();
    assertThat(config.credentials()).isEmpty();
    assertThat(config.jobs())
        .isEqualTo(new JobSettings(Duration.ofSeconds(5), Duration.ofSeconds(1)));
    assertThat(config.rotation())
        .isEqualTo(
            new RotationSettings(
                Duration.ofSeconds(1),
                64,
                10_000,
                Duration.ofMillis(50),
                Duration.ofMillis(50),
                Duration.ofSeconds(60),
                Duration.ofHours(24),
                HEAP / 100 * 25));
    assertThat(config.outcome())
        .isEqualTo(
            new OutcomeSettings(
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                3,
                Duration.ofMinutes(1),
                5,
                Duration.ofSeconds(2),
                Duration.ofSeconds(10)));
    assertThat(config.shutdown())
        .isEqualTo(
            new ShutdownConfig(Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(10)));
    assertThat(config.limits())
        .isEqualTo(
            new CallLimits(
                1000,
                3000,
                64 * 1024 * 1024,
                4 * 1024 * 1024,
                HEAP / 100 * 25,
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10)));
    assertThat(config.connections())
        .isEqualTo(
            new ConnectionLimits(
                10_000,
                1_000,
                Duration.ofSeconds(10),
                Duration.ofMinutes(30),
                Duration.ofHours(4),
                Duration.ZERO));
    assertThat(config.lease())
        .isEqualTo(
            new LeaseSettings(
                new LeaseBounds(Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofHours(1)),
                Duration.ofHours(24),
                LeaseSettings.OnShutdown.KEEP,
                10_000));
    assertThat(config.channelz()).isFalse();
    assertThat(config.webhook()).isEmpty();
    assertThat(config.log()).isEqualTo(new LogConfig(LogConfig.Level.INFO, LogConfig.Format.AUTO));
  }

  @Test
  void flagsWinOverTheEnvironmentWhichWinsOverTheFile() throws IOException {
    Path file = file("listen: 127.0.0.1:1\ndata: from-file\nlog:\n  level: warn\n");
    Map<String, String> environment =
        Map.of("TOKENBROKER_LISTEN", "127.0.0.1:2", "TOKENBROKER_DATA", "from-environment");

    Config config =
        LoadedConfig.load(Optional.of(file), environment, Map.of("listen", "127.0.0.1:3")).config();

    assertThat(config.listen().calls().given()).isEqualTo(new HostPort("127.0.0.1", 3));
    assertThat(config.data()).isEqualTo(Path.of("from-environment"));
    assertThat(config.log().level()).isEqualTo(LogConfig.Level.WARN);
  }

  @Test
  void readsTheDatabaseFromTheEnvironment() {
    Config config =
        load(
            Map.of(
                "TOKENBROKER_DB_URL", "jdbc:mysql://db/tokens",
                "TOKENBROKER_DB_USER", "broker",
                "TOKENBROKER_DB_PASSWORD", "made-up",
                "TOKENBROKER_DB_POOL_SIZE", "3"),
            Map.of());

    assertThat(config.database())
        .isEqualTo(
            new DatabaseConfig(
                Optional.of(new JdbcUrl("jdbc:mysql://db/tokens")),
                Optional.of("broker"),
                new Password("made-up"),
                3,
                1000,
                HEAP / 100 * 12));
  }

  @Test
  void anEmptyVariableCountsAsNone() {
    assertThat(load(Map.of("TOKENBROKER_DB_URL", ""), Map.of()).database().embedded()).isTrue();
  }

  @Test
  void passesOverVariablesThatAreNotItsOwn() {
    load(
        Map.of(
            "PATH", "/bin",
            "TOKENBROKER_ENDPOINT", "x",
            "TOKENBROKER_JAVA_OPTS", "x",
            "TOKENBROKER_TEST_MYSQL_URL", "x",
            "TOKENBROKER_SERVICE_HOST", "10.0.0.1",
            "TOKENBROKER_SERVICE_PORT_GRPC", "50051",
            "TOKENBROKER_PORT_50051_TCP_ADDR", "10.0.0.1"),
        Map.of());
  }

  @Test
  void doesNotMindWhatKubernetesAddsForAServiceWhoseNameBeginsAlike() {
    load(
        Map.of(
            "TOKENBROKER_MYSQL_SERVICE_HOST", "10.0.0.1",
            "TOKENBROKER_MYSQL_SERVICE_PORT", "3306",
            "TOKENBROKER_MYSQL_SERVICE_PORT_MYSQL", "3306",
            "TOKENBROKER_MYSQL_PORT", "tcp://10.0.0.1:3306",
            "TOKENBROKER_MYSQL_PORT_3306_TCP", "tcp://10.0.0.1:3306",
            "TOKENBROKER_MYSQL_PORT_3306_TCP_PROTO", "tcp",
            "TOKENBROKER_MYSQL_PORT_3306_TCP_PORT", "3306",
            "TOKENBROKER_MYSQL_PORT_3306_TCP_ADDR", "10.0.0.1",
            "TOKENBROKER_MYSQL_READ_ONLY_SERVICE_HOST", "10.0.0.2"),
        Map.of());
  }

  @Test
  void refusesAnUnknownVariableWithoutShowingItsValue() {
    assertThat(problems("", Map.of("TOKENBROKER_DB_PASS", "hunter2")))
        .containsExactly(
            "unknown environment variable \"TOKENBROKER_DB_PASS\";"
                + " did you mean \"TOKENBROKER_DB_PASSWORD\"?");
    assertThat(problems("", Map.of("TOKENBROKER_COLOUR", "hunter2")))
        .containsExactly(
            "unknown environment variable \"TOKENBROKER_COLOUR\";"
                + " see tokenbroker serve --help-config");
  }

  @Test
  void tellsAllProblemsAtOnceAndWhereTheyAre() {
    assertThat(
            problems(
                "lisen: x\nrefresh_interval: 5\nlog:\n  level: loud\n",
                Map.of("TOKENBROKER_CHANNELZ", "yes")))
        .containsExactly(
            "unknown key \"lisen\" (FILE:1); did you mean \"listen\"?",
            "refresh_interval = \"5\" (FILE:2) must be a duration from 100ms to 1h, with a unit"
                + " (ms, s, m, h), such as 100ms",
            "log.level = \"loud\" (FILE:4) must be one of error, warn, info, debug",
            "channelz = \"yes\" (environment variable TOKENBROKER_CHANNELZ) must be true or false");
  }

  @Test
  void whatBoundsSomethingElseIsComparedWithIt() {
    assertThat(problems("lease:\n  max_ttl: 10s\n", Map.of()))
        .containsExactly("lease.max_ttl = \"10s\" (FILE:2) must not be below lease.default_ttl");
    assertThat(problems("lease:\n  min_ttl: 1m\n", Map.of()))
        .containsExactly("lease.min_ttl = \"1m\" (FILE:2) must not be above lease.default_ttl");
    assertThat(problems("outcome:\n  probe_delay: 24h\n  probe_delay_max: 1m\n", Map.of()))
        .containsExactly(
            "outcome.probe_delay_max = \"1m\" (FILE:3) must not be below outcome.probe_delay");
  }

  @Test
  void aBadValueIsAProblemEvenIfItIsOverridden() {
    assertThat(problems("data: ''\n", Map.of("TOKENBROKER_DATA", "good"))).hasSize(1);
  }

  @Test
  void refusesToListenInPlainTextBeyondThisMachine() {
    for (String listen : List.of("0.0.0.0:1", "[::]:1", "192.0.2.1:1")) {
      assertThat(problems("listen: \"" + listen + "\"\n", Map.of()))
          .singleElement()
          .asString()
          .startsWith("listen = \"" + listen + "\" (FILE:1) is not a loopback address")
          .contains("--insecure");
      assertThat(load(Map.of("TOKENBROKER_LISTEN", listen), Map.of("insecure", "true")).listen())
          .matches(ListenConfig::insecure)
          .matches(l -> l.calls().given().toString().equals(listen));
    }
  }

  @Test
  void norToCallersWhomItCanNotKnow() {
    String there = "listen: 0.0.0.0:1\n";
    String tls = "tls: {cert_file: c, key_file: k}\n";
    assertThat(problems(there + tls, Map.of()))
        .singleElement()
        .asString()
        .contains("whoever reaches it would get every secret");
    assertThat(problems(there + tls + "identity: {keys: false}\n", Map.of())).hasSize(1);
    for (Map<String, String> known :
        List.of(
            Map.of("TOKENBROKER_TLS_CLIENT_CA_FILE", "a"),
            Map.of("TOKENBROKER_IDENTITY_KEYS", "true"),
            Map.of(
                "TOKENBROKER_JWT_JWKS_FILE", "j",
                "TOKENBROKER_JWT_ISSUER", "i",
                "TOKENBROKER_JWT_AUDIENCE", "a"))) {
      Map<String, String> environment = new HashMap<>(known);
      environment.put("TOKENBROKER_LISTEN", "0.0.0.0:1");
      environment.put("TOKENBROKER_TLS_CERT_FILE", "c");
      environment.put("TOKENBROKER_TLS_KEY_FILE", "k");
      assertThat(load(environment, Map.of()).tls()).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:0", "127.9.9.9:50051", "[::1]:50051", "localhost:65535"})
  void listensOnAnyLoopbackAddress(String listen) {
    assertThat(load(Map.of(), Map.of("listen", listen)).listen().calls().address())
        .matches(address -> !((InetSocketAddress) address).isUnresolved());
  }

  @Test
  void theControlPlanesAddressIsHeldToTheSame() {
    assertThat(problems("listen_admin: 0.0.0.0:1\n", Map.of()))
        .singleElement()
        .asString()
        .startsWith("listen_admin = \"0.0.0.0:1\" (FILE:1) is not a loopback address");
    assertThat(problems("listen: 127.0.0.1:7\nlisten_admin: localhost:7\n", Map.of()))
        .singleElement()
        .asString()
        .contains("listen_admin", "is where listen is");
    assertThat(load(Map.of("TOKENBROKER_LISTEN_ADMIN", "127.0.0.1:0"), Map.of("listen", "[::1]:0")))
        .matches(config -> config.listen().admin().isPresent());
  }

  /** Its mode says who may connect, and the kernel who does. */
  @Test
  void aUnixSocketNeedsNothingElse() {
    ListenConfig listen =
        load(
                Map.of(
                    "TOKENBROKER_LISTEN", "unix:/run/tokenbroker/calls",
                    "TOKENBROKER_LISTEN_ADMIN", "unix:///run/tokenbroker/admin",
                    "TOKENBROKER_LISTEN_SOCKET_MODE", "0660"),
                Map.of())
            .listen();

    assertThat(listen.calls().address())
        .isEqualTo(UnixDomainSocketAddress.of("/run/tokenbroker/calls"));
    assertThat(listen.admin().orElseThrow().given()).hasToString("unix:/run/tokenbroker/admin");
    assertThat(listen.socketMode()).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
    String directory = "/" + "d".repeat(92) + "/";
    assertThat(load(Map.of(), Map.of("listen", "unix:" + directory + "1234567890123")).listen())
        .matches(longest -> longest.calls().isUnix());
    for (String bad :
        List.of(
            "unix:",
            "unix:/",
            "unix:/run/",
            "unix:" + directory + "12345678901234",
            "unix:/" + "d".repeat(94) + "/s")) {
      assertThat(problems("listen: \"" + bad + "\"\n", Map.of()))
          .singleElement()
          .asString()
          .contains("must be HOST:PORT", "or unix:PATH of at most 107 bytes");
    }
    for (String bad : List.of("600 ", "0400", "0700", "0888", "rw-rw----", "00600")) {
      assertThat(problems("listen_socket_mode: \"" + bad + "\"\n", Map.of()))
          .singleElement()
          .asString()
          .contains("must be a mode in octal digits");
    }
  }

  @Test
  void anExistingTableNeedsUrlAndQuery() {
    assertThat(problems("credentials:\n  pool_size: 2\n", Map.of()))
        .containsExactly(
            "credentials.pool_size = \"2\" (FILE:2) needs credentials.url and credentials.query"
                + " as well");
    assertThat(problems("credentials:\n  url: jdbc:mysql://h/d\n", Map.of()))
        .containsExactly("credentials.url (FILE:2) needs credentials.query as well");
    assertThat(problems("credentials:\n  query: SELECT 1\n", Map.of()))
        .containsExactly("credentials.query = \"SELECT 1\" (FILE:2) needs credentials.url as well");
  }

  @Test
  void readsAnExistingTable() throws IOException {
    Path file =
        file(
            """
            credentials:
              url: jdbc:mysql://db/webapp
              user: reader
              query: >-
                SELECT account_id AS account, id, token AS secret
                FROM app_authmodel
            """);

    assertThat(LoadedConfig.load(Optional.of(file), Map.of(), Map.of()).config().credentials())
        .contains(
            new CredentialsConfig(
                new JdbcUrl("jdbc:mysql://db/webapp"),
                Optional.of("reader"),
                Password.NONE,
                "SELECT account_id AS account, id, token AS secret FROM app_authmodel",
                4));
  }

  @Test
  void webhooksNeedAUrlAndASecret() throws IOException {
    String secret = "whsec_bWFkZS11cC1tYWRlLXVwLW1hZGUtdXAtbWFkZS11cA==";
    assertThat(problems("webhook:\n  url: https://hooks.example.com/made-up\n", Map.of()))
        .containsExactly(
            "webhook.url (FILE:2) needs webhook.secret or webhook.secret_file as well");
    assertThat(problems("webhook:\n  secret: " + secret + "\n", Map.of()))
        .containsExactly("webhook.secret (FILE:2) needs webhook.url as well");
    assertThat(
            problems("webhook:\n  url: https://hooks.example.com/\n  secret: made-up\n", Map.of()))
        .singleElement()
        .asString()
        .startsWith("webhook.secret (FILE:3) must be whsec_ and 24 to 64 bytes in base64");
    for (String bad :
        List.of(
            "http://hooks.example.com/",
            "https://user:made-up@hooks.example.com/",
            "https:///x",
            "//hooks.example.com/x",
            "hooks.example.com",
            "ftp://127.0.0.1/")) {
      assertThat(problems("webhook:\n  url: " + bad + "\n  secret: " + secret + "\n", Map.of()))
          .as(bad)
          .singleElement()
          .asString()
          .startsWith("webhook.url (FILE:2) must be an https:// URL without a user")
          .doesNotContain("made-up");
    }
    Path file = Files.writeString(directory.resolve("secret"), secret + "\n");
    WebhookConfig webhook =
        load(
                Map.of(
                    "TOKENBROKER_WEBHOOK_URL",
                    "http://127.0.0.1:1/x",
                    "TOKENBROKER_WEBHOOK_SECRET_FILE",
                    file.toString()),
                Map.of())
            .webhook()
            .orElseThrow();
    assertThat(webhook.secret().reveal()).isEqualTo(secret);
    assertThat(webhook.settings())
        .isEqualTo(
            new AlertSettings(
                2,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Duration.ofDays(7),
                Duration.ofSeconds(10),
                Duration.ofDays(1),
                4 * 1024 * 1024));
  }

  private static Config load(Map<String, String> environment, Map<String, String> flags) {
    return LoadedConfig.load(Optional.empty(), environment, flags).config();
  }

  private List<String> problems(String yaml, Map<String, String> environment) {
    return assertDoesNotLoad(yaml, environment).problems().stream()
        .map(line -> line.replace(directory.resolve("config.yaml").toString(), "FILE"))
        .toList();
  }

  private ConfigException assertDoesNotLoad(String yaml, Map<String, String> environment) {
    return catchThrowableOfType(
        ConfigException.class,
        () -> LoadedConfig.load(Optional.of(file(yaml)), environment, Map.of()));
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("config.yaml"), yaml);
  }
}
