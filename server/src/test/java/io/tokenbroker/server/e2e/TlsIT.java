package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.client.ClientOptions;
import io.tokenbroker.client.TlsOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Link;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.ListAccountsRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers with and without certificates, as the command makes them for a first try. */
class TlsIT {
  private static final int UNAVAILABLE = 5;
  private static final int REFUSED = 6;
  private static final int CONFIG = 78;

  @TempDir static Path certificates;
  private static Path ours;
  private static Path others;

  @TempDir Path directory;

  @BeforeAll
  static void certificates() throws Exception {
    ours = certificates.resolve("ours");
    others = certificates.resolve("others");
    selfSigned(ours);
    selfSigned(others);
  }

  private static void selfSigned(Path where, String... more) throws InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("tls", "self-signed", where.toString()));
    arguments.addAll(List.of(more));
    Cli.Result made = Cli.run(Map.of(), "", arguments.toArray(String[]::new));
    assertThat(made.exit()).as(made.err()).isZero();
  }

  private static Map<String, String> mutual(Path files) {
    return Map.of(
        "TLS_CERT_FILE", files.resolve("server.pem").toString(),
        "TLS_KEY_FILE", files.resolve("server.key").toString(),
        "TLS_CLIENT_CA_FILE", files.resolve("ca.pem").toString());
  }

  private static String[] as(Path trusted, Path known, String who, String... command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--tls-ca",
                trusted.resolve("ca.pem").toString(),
                "--tls-cert",
                known.resolve(who + ".pem").toString(),
                "--tls-key",
                known.resolve(who + ".key").toString()));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  @Test
  void onlyWhoHasACertificateIsServed() throws Exception {
    try (Broker broker = Broker.start(directory.resolve("data"), mutual(ours))) {
      assertThat(broker.log().firstWith("\"serving\"").orElseThrow())
          .contains("whoever has a certificate of a CA in tls.client_ca_file");
      Cli.Result added =
          broker.cliWithInput(
              Broker.SECRET + "1\n", as(ours, ours, "admin", "tokens", "import", "a", "-"));
      assertThat(added.exit()).as(added.err()).isZero();
      Cli.Result next = broker.cli(as(ours, ours, "client", "next", "a"));
      assertThat(next.exit()).as(next.err()).isZero();
      assertThat(next.out()).contains(Broker.SECRET + "1");

      assertRefused(broker.cli("next", "a"), "a server that wants TLS");
      assertRefused(
          broker.cli("--tls-ca", ours.resolve("ca.pem").toString(), "next", "a"),
          "it wants a certificate; give --tls-cert and --tls-key");
      assertRefused(
          broker.cli(as(others, ours, "client", "next", "a")),
          "its certificate is not of a CA that you trust");
      assertRefused(
          broker.cli(as(ours, others, "client", "next", "a")),
          "it does not trust the CA of your certificate");
      assertThat(
              broker
                  .cli(
                      "--tls-ca",
                      ours.resolve("ca.pem").toString(),
                      "accounts",
                      "delete",
                      "a",
                      "--yes")
                  .err())
          .as("nothing was sent")
          .contains("give --tls-cert and --tls-key")
          .doesNotContain("all the same");
      assertThat(broker.stop()).isZero();
    }
  }

  private static void assertRefused(Cli.Result result, String why) {
    assertThat(result.err()).contains(why);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.exit()).isEqualTo(UNAVAILABLE);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void whatSpeaksPlainTextIsToldSo() throws Exception {
    try (Broker broker = Broker.start(directory.resolve("data"))) {
      assertRefused(broker.cli("--tls", "next", "a"), "it speaks plain text; leave out --tls");
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void newFilesNeedNoRestartAndBadOnesChangeNothing() throws Exception {
    Path ours = copyOf(TlsIT.ours);
    ClientOptions options = ClientOptions.DEFAULT.withTls(tls(ours));
    try (Broker broker = Broker.start(directory.resolve("data"), mutual(ours));
        TokenBrokerClient client =
            TokenBrokerClient.connect(options.withEndpoints(broker.endpoint()))) {
      assertThat(accounts(client)).isEmpty();
      Path oldCa = Files.copy(ours.resolve("ca.pem"), directory.resolve("old-ca.pem"));

      Files.writeString(ours.resolve("server.pem"), "half a fi");
      Eventually.until(
          "it is told",
          () ->
              broker
                  .log()
                  .firstWith("new certificate files can't be used")
                  .filter(line -> line.contains("holds no certificate"))
                  .isPresent());
      assertThat(broker.cli(as(ours, ours, "client", "tokens", "list", "nobody")).err())
          .doesNotContain("no secure connection");

      selfSigned(ours, "--force");
      Eventually.until(
          "new callers are known",
          () -> served(broker, as(ours, ours, "client", "accounts", "list")));
      assertThat(broker.cli("--tls-ca", oldCa.toString(), "accounts", "list").err())
          .contains("its certificate is not of a CA that you trust");
      assertThat(accounts(client)).isEmpty();
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void whoComesBackIsAskedAgain() throws Exception {
    Path ours = copyOf(TlsIT.ours);
    try (Broker broker = Broker.start(directory.resolve("data"), mutual(ours));
        Link link = new Link(Integer.parseInt(broker.endpoint().replaceFirst(".*:", "")));
        TokenBrokerClient client =
            TokenBrokerClient.connect(
                ClientOptions.DEFAULT
                    .withTls(tls(TlsIT.ours))
                    .withEndpoints("127.0.0.1:" + link.port()))) {
      assertThat(accounts(client)).isEmpty();
      Path unused =
          Files.copy(
              others.resolve("ca.pem"),
              ours.resolve("ca.pem"),
              StandardCopyOption.REPLACE_EXISTING);
      Eventually.until(
          "the new CA is known", () -> broker.log().countWith("\"certificate loaded\"") == 2);
      assertThat(accounts(client)).as("what is open stays").isEmpty();

      link.cut();

      // the first call may be of the connection that was cut, and then hears of that
      Eventually.until("it is told why", () -> failure(client).contains("UNKNOWN_CA"));
      assertThat(broker.stop()).isZero();
    }
  }

  private static String failure(TokenBrokerClient client) {
    StringWriter text = new StringWriter();
    assertThatThrownBy(() -> accounts(client))
        .satisfies(e -> e.printStackTrace(new PrintWriter(text)));
    return text.toString();
  }

  private Path copyOf(Path files) throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy"));
    try (Stream<Path> all = Files.list(files)) {
      for (Path file : all.toList()) {
        Path unused = Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static List<Account> accounts(TokenBrokerClient client) {
    return client
        .adminStub()
        .listAccounts(ListAccountsRequest.getDefaultInstance())
        .getAccountsList();
  }

  private static TlsOptions tls(Path ours) {
    return TlsOptions.DEFAULT
        .withCa(ours.resolve("ca.pem"))
        .withIdentity(ours.resolve("client.pem"), ours.resolve("client.key"));
  }

  private static boolean served(Broker broker, String... command) {
    try {
      return broker.cli(command).exit() == 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aStartWithBadFilesSaysWhich() throws Exception {
    assertThat(refused("TLS_KEY_FILE", others.resolve("server.key")))
        .contains("tls.key_file", "is not the key of the certificate in");
    assertThat(refused("TLS_CERT_FILE", ours.resolve("none.pem")))
        .contains("tls.cert_file", "none.pem does not exist");
    assertThat(refused("TLS_KEY_FILE", ours.resolve("server.pem"))).contains("holds no key");
    assertThat(refused("TLS_CLIENT_CA_FILE", ours.resolve("server.key")))
        .contains("tls.client_ca_file", "holds no certificate");
    assertThat(Cli.run(Map.of(), "", "tls", "self-signed", ours.toString()))
        .matches(result -> result.exit() == REFUSED)
        .matches(result -> result.err().contains("ca.pem exists"));
    assertThat(Optional.of(directory.resolve("data")).filter(Files::exists)).isEmpty();
  }

  private String refused(String setting, Path file) throws InterruptedException {
    Map<String, String> settings = new HashMap<>(mutual(ours));
    settings.put(setting, file.toString());
    return Refusal.of(List.of(), directory.resolve("data"), CONFIG, settings);
  }
}
