package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.base.Throwables;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.tokenbroker.server.e2e.TestCa.Pair;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.GetVersionRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that must not be taken, of callers and of what says it is a broker. */
class CertificatesIT {
  private static final int UNAVAILABLE = 5;
  private static final int CONFIG = 78;

  private static final String[] EXPIRED = {"-startdate", "-10d", "-validity", "5"};
  private static final String[] NOT_YET = {"-startdate", "+5d", "-validity", "5"};
  private static final String HERE = "san=ip:127.0.0.1";

  @TempDir static Path certificates;
  private static TestCa ca;
  private static TestCa other;
  private static Pair good;

  @TempDir Path directory;

  @BeforeAll
  static void certificates() throws Exception {
    ca = new TestCa(certificates.resolve("ours"));
    other = new TestCa(certificates.resolve("others"));
    good = ca.issue("good", "-ext", HERE + ",uri:spiffe://example.com/good");
  }

  private static Pair issue(String name, String[] when, String extension) throws Exception {
    return ca.issue(name, when[0], when[1], when[2], when[3], "-ext", extension);
  }

  @Test
  void callersThatAreNotToBeTrustedAreRefused() throws Exception {
    Map<String, String> settings =
        Map.of(
            "TLS_CERT_FILE", good.cert().toString(),
            "TLS_KEY_FILE", good.key().toString(),
            "TLS_CLIENT_CA_FILE", ca.certificate().toString());
    Pair expired = issue("expired", EXPIRED, HERE);
    Pair notYet = issue("not-yet", NOT_YET, HERE);
    try (Broker broker = Broker.start(directory.resolve("data"), settings)) {
      assertThat(call(broker, good).getCode()).isEqualTo(Status.Code.OK);

      assertRefused(broker, expired, "CERTIFICATE_EXPIRED");
      assertRefused(broker, notYet, "CERTIFICATE_EXPIRED");
      assertRefused(broker, other.issue("stranger", "-ext", HERE), "UNKNOWN_CA");
      assertRefused(
          broker,
          ca.issue("server-only", "-ext", HERE, "-ext", "eku=serverAuth"),
          "UNSUPPORTED_CERTIFICATE");

      assertThat(command(broker, expired).err()).contains("expired.pem expired at 20");
      assertThat(command(broker, notYet).err()).contains("not-yet.pem is not valid before 20");
      assertThat(call(broker, good).getCode()).isEqualTo(Status.Code.OK);
      assertThat(broker.stop()).isZero();
      assertThat(broker.log().text()).doesNotContain("Exception", "\tat ");
    }
  }

  /** In TLS 1.3 the alert may be lost in the end of the connection; another try hears it. */
  private static void assertRefused(Broker broker, Pair who, String alert) {
    Eventually.until(
        who.cert() + " hears " + alert,
        () -> {
          Status status = call(broker, who);
          assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
          return status.getCause() != null
              && Throwables.getStackTraceAsString(status.getCause()).contains(alert);
        });
  }

  /** By a caller that looks at nothing of its own. */
  private static Status call(Broker broker, Pair who) {
    ManagedChannel channel;
    try {
      channel =
          Grpc.newChannelBuilder(
                  broker.endpoint(),
                  TlsChannelCredentials.newBuilder()
                      .trustManager(ca.certificate().toFile())
                      .keyManager(who.cert().toFile(), who.key().toFile())
                      .build())
              .build();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    try {
      Throwable failure =
          catchThrowable(
              () ->
                  TokenBrokerGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(60, TimeUnit.SECONDS)
                      .getVersion(GetVersionRequest.getDefaultInstance()));
      return failure == null ? Status.OK : Status.fromThrowable(failure);
    } finally {
      channel.shutdownNow();
    }
  }

  private static Cli.Result command(Broker broker, Pair who) throws InterruptedException {
    Cli.Result result =
        broker.cli(
            "--tls-ca",
            ca.certificate().toString(),
            "--tls-cert",
            who.cert().toString(),
            "--tls-key",
            who.key().toString(),
            "next",
            "a");
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.exit()).isNotZero();
    return result;
  }

  @Test
  void whatMayBeAnImpostorIsNotSpokenTo() throws Exception {
    assertNotSpokenTo(issue("old-server", EXPIRED, HERE), "its certificate has expired");
    assertNotSpokenTo(
        issue("new-server", NOT_YET, HERE), "its certificate is not valid yet; compare the clocks");
    assertNotSpokenTo(
        ca.issue("elsewhere", "-ext", "san=dns:broker.example.com"),
        "its certificate is for another name");
    assertNotSpokenTo(ca.issue("nameless"), "its certificate is for another name");
    assertNotSpokenTo(
        ca.issue("caller", "-ext", HERE, "-ext", "eku=clientAuth"),
        "its certificate is not made for servers");
    assertNotSpokenTo(
        other.issue("impostor", "-ext", HERE), "its certificate is not of a CA that you trust");
  }

  private static void assertNotSpokenTo(Pair pair, String why) throws Exception {
    Server server =
        Grpc.newServerBuilderForPort(
                0, TlsServerCredentials.create(pair.cert().toFile(), pair.key().toFile()))
            .build()
            .start();
    try {
      Cli.Result result =
          Cli.run(
              Map.of("TOKENBROKER_ENDPOINT", "127.0.0.1:" + server.getPort()),
              "",
              "--tls-ca",
              ca.certificate().toString(),
              "next",
              "a");
      assertThat(result.err()).contains(why);
      assertThat(result.err().lines()).as(result.err()).hasSize(1);
      assertThat(result.exit()).isEqualTo(UNAVAILABLE);
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void aStartWithACertificateThatNobodyTakesSaysSo() throws Exception {
    assertThat(refused(issue("was", EXPIRED, HERE))).contains("tls.cert_file", "expired at 20");
    assertThat(refused(issue("will-be", NOT_YET, HERE)))
        .contains("tls.cert_file", "is not valid before 20");
  }

  private String refused(Pair pair) throws InterruptedException {
    return Refusal.of(
        List.of(),
        directory.resolve("data"),
        CONFIG,
        Map.of("TLS_CERT_FILE", pair.cert().toString(), "TLS_KEY_FILE", pair.key().toString()));
  }
}
