package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.GetVersionRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who calls a real broker, and what they may, by the command. */
class CallersIT {
  private static final int REFUSED = 6;
  private static final int CONFIG = 78;

  private static final String POLICY =
      """
      rules:
        - callers: [key:ops]
          accounts: ["*"]
          may: [admin.read, admin.write]
        - callers: [key:nightly, "jwt:nightly", "spiffe://tokenbroker.local/client"]
          accounts: ["github-*"]
          may: [next, lease]
      """;

  @TempDir private Path directory;

  private Path policy() throws IOException {
    return Files.writeString(directory.resolve("policy.yaml"), POLICY);
  }

  /** Makes a key where everyone may, and puts it into a file. */
  private Path key(Broker broker, String name) throws Exception {
    Cli.Result made = broker.cli("callers", "add", name);
    assertThat(made.exit()).as(made.err()).isZero();
    assertThat(made.out()).matches("tbk_[A-Za-z0-9_-]{43}");
    return Files.writeString(directory.resolve(name + ".key"), made.out());
  }

  private static String[] with(Path token, String... command) {
    List<String> all = new ArrayList<>(List.of("--token-file", token.toString()));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  private static void assertDenied(Cli.Result result, String why) {
    assertThat(result.err()).contains(why);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.exit()).isEqualTo(REFUSED);
  }

  @Test
  void keysAndAPolicyDecide() throws Exception {
    Path data = directory.resolve("data");
    Path ops;
    Path nightly;
    try (Broker broker = Broker.start(data)) {
      assertThat(broker.log().firstWith("\"serving\"").orElseThrow())
          .contains("everyone on this machine, as local");
      ops = key(broker, "ops");
      nightly = key(broker, "nightly");
      assertThat(broker.stop()).isZero();
    }
    Path policy = policy();
    Map<String, String> settings =
        Map.of("IDENTITY_KEYS", "true", "POLICY_FILE", policy.toString());
    try (Broker broker = Broker.start(data, settings)) {
      assertDenied(broker.cli("next", "github-1"), "The broker wants to know who calls");
      Cli.Result added =
          broker.cliWithInput(
              Broker.SECRET + "1\n", with(ops, "tokens", "import", "github-1", "-"));
      assertThat(added.exit()).as(added.err()).isZero();
      Cli.Result next = broker.cli(with(nightly, "next", "github-1"));
      assertThat(next.exit()).as(next.err()).isZero();
      assertDenied(broker.cli(with(nightly, "next", "unheard-of")), "key:nightly may not do that");
      assertDenied(broker.cli(with(nightly, "accounts", "list")), "gives it admin.read here");
      assertDenied(broker.cli(with(ops, "next", "github-1")), "key:ops may not do that");

      Cli.Result why = broker.cli(with(ops, "policy", "check", "key:nightly", "next", "github-7"));
      assertThat(why.exit()).isZero();
      assertThat(why.out()).contains(policy + ":5 allows it");
      assertThat(broker.cli(with(ops, "policy", "check", "key:nightly", "watch", "x")).exit())
          .isEqualTo(REFUSED);

      Files.writeString(policy, "rules: nothing");
      Eventually.until(
          "it is told", () -> broker.log().firstWith("the new policy can't be used").isPresent());
      Cli.Result status = broker.cli(with(ops, "policy", "status"));
      assertThat(status.exit()).isEqualTo(REFUSED);
      assertThat(status.out()).contains("2 rule(s)", policy + ":1: rules must be a list");
      assertThat(broker.cli(with(nightly, "next", "github-1")).exit()).isZero();

      assertThat(broker.cli(with(ops, "callers", "list")).out())
          .contains("nightly", "ops")
          .doesNotContain("tbk_");
      assertThat(broker.cli(with(ops, "callers", "revoke", "nightly")).exit()).isZero();
      assertDenied(broker.cli(with(nightly, "next", "github-1")), "was revoked");
      assertThat(broker.stop()).isZero();
      assertThat(broker.log().text()).doesNotContain("tbk_");
    }
  }

  @Test
  void aJwtIsACallerToo() throws Exception {
    RSAKey key = new RSAKeyGenerator(2048).keyID("k").generate();
    Path jwks = Files.writeString(directory.resolve("jwks.json"), new JWKSet(key).toString(true));
    Map<String, String> settings =
        Map.of(
            "JWT_JWKS_FILE",
            jwks.toString(),
            "JWT_ISSUER",
            "https://issuer.example.com",
            "JWT_AUDIENCE",
            "tokenbroker",
            "POLICY_FILE",
            policy().toString());
    try (Broker broker = Broker.start(directory.resolve("data"), settings)) {
      Path good = token(key, "nightly", "tokenbroker", 3600);
      assertThat(broker.cli(with(good, "next", "github-1")).err())
          .contains("No credentials for account github-1.");
      assertDenied(broker.cli(with(good, "next", "other")), "jwt:nightly may not do that");
      assertDenied(
          broker.cli(with(token(key, "nightly", "others", 3600), "next", "github-1")),
          "is for another audience");
      assertDenied(
          broker.cli(with(token(key, "nightly", "tokenbroker", -3600), "next", "github-1")),
          "has expired");
      RSAKey other = new RSAKeyGenerator(2048).keyID("k").generate();
      assertDenied(
          broker.cli(with(token(other, "nightly", "tokenbroker", 3600), "next", "github-1")),
          "is not signed with a key and an algorithm that this broker takes");
      assertOversizeIsRefused(broker);
      assertThat(broker.cli(with(good, "next", "other")).exit()).isEqualTo(REFUSED);
      assertThat(broker.stop()).isZero();
      assertThat(broker.log().text()).doesNotContain("Exception", "\tat ");
    }
  }

  /** Headers of more than 8 KiB never get as far as to be looked into. */
  private static void assertOversizeIsRefused(Broker broker) throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(broker.endpoint()).usePlaintext().build();
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + "x".repeat(100 * 1024));
    Status.Code code = Status.Code.OK;
    try {
      var unused =
          TokenBrokerGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .getVersion(GetVersionRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      code = e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
    assertThat(code).isIn(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED);
  }

  private Path token(RSAKey key, String subject, String audience, int seconds) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .issuer("https://issuer.example.com")
                .subject(subject)
                .audience(audience)
                .expirationTime(Date.from(Instant.now().plusSeconds(seconds)))
                .build());
    jwt.sign(new RSASSASigner(key));
    return Files.writeString(directory.resolve("token.jwt"), jwt.serialize() + "\n");
  }

  @Test
  void certificatesAndKeysGoTogether() throws Exception {
    Path data = directory.resolve("data");
    Path tls = directory.resolve("tls");
    assertThat(Cli.run(Map.of(), "", "tls", "self-signed", tls.toString()).exit()).isZero();
    Path nightly;
    try (Broker broker = Broker.start(data)) {
      nightly = key(broker, "nightly");
      assertThat(broker.stop()).isZero();
    }
    Map<String, String> settings =
        Map.of(
            "TLS_CERT_FILE", tls.resolve("server.pem").toString(),
            "TLS_KEY_FILE", tls.resolve("server.key").toString(),
            "TLS_CLIENT_CA_FILE", tls.resolve("ca.pem").toString(),
            "IDENTITY_KEYS", "true",
            "POLICY_FILE", policy().toString());
    try (Broker broker = Broker.start(data, settings)) {
      String[] ca = {"--tls-ca", tls.resolve("ca.pem").toString()};
      assertDenied(broker.cli(ca[0], ca[1], "next", "github-1"), "wants to know who calls");
      String[] keyed = with(nightly, ca[0], ca[1], "next", "github-1");
      assertThat(broker.cli(keyed).err()).contains("No credentials for account github-1.");
      assertThat(broker.cli(certified(tls, "client", "next", "github-1")).err())
          .contains("No credentials for account github-1.");
      assertDenied(
          broker.cli(certified(tls, "client", "next", "other")),
          "spiffe://tokenbroker.local/client may not do that");
      assertDenied(
          broker.cli(certified(tls, "admin", "next", "github-1")),
          "spiffe://tokenbroker.local/admin may not do that");
      Path config = Files.createDirectories(directory.resolve("config/tokenbroker"));
      Files.writeString(
          config.resolve("client.yaml"),
          "endpoint: %s%ntls_ca: %s%ntoken_file: %s%n"
              .formatted(broker.endpoint(), ca[1], nightly));
      assertThat(
              Cli.run(
                      Map.of("XDG_CONFIG_HOME", directory.resolve("config").toString()),
                      "",
                      "next",
                      "github-1")
                  .err())
          .contains("No credentials for account github-1.");
      assertThat(broker.stop()).isZero();
    }
  }

  private static String[] certified(Path tls, String who, String... command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--tls-ca",
                tls.resolve("ca.pem").toString(),
                "--tls-cert",
                tls.resolve(who + ".pem").toString(),
                "--tls-key",
                tls.resolve(who + ".key").toString()));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  @Test
  void aStartWithABadPolicySaysWhere() throws Exception {
    Path file = Files.writeString(directory.resolve("policy.yaml"), "rules:\n  - callers: []\n");
    assertThat(
            Cli.run(
                Map.of(
                    "TOKENBROKER_POLICY_FILE",
                    file.toString(),
                    "TOKENBROKER_DATA",
                    directory.resolve("data").toString()),
                "",
                "serve"))
        .matches(result -> result.exit() == CONFIG)
        .matches(result -> result.err().contains(file + ":2: the rule has no accounts"));
    assertThat(
            Refusal.of(
                List.of(),
                directory.resolve("data"),
                CONFIG,
                Map.of("JWT_ISSUER", "https://issuer.example.com")))
        .contains("needs jwt.jwks_file or jwt.jwks_url as well");
    assertThat(Files.exists(directory.resolve("data"))).isFalse();
  }
}
