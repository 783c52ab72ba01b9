package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers who are known by nothing but a certificate. */
final class CertificateEndsTest {
  private static final AccountId ACME = new AccountId("acme");

  @TempDir Path directory;
  private volatile Duration later = Duration.ZERO;

  private Instant now() {
    return Instant.now().plus(later);
  }

  @Test
  void aStreamEndsWithItsCertificate() throws Exception {
    Path tls = directory.resolve("tls");
    assertThat(TokenBrokerCli.commandLine().execute("tls", "self-signed", tls.toString())).isZero();
    Daemon daemon =
        BrokerDaemon.start(
            LoadedConfig.load(
                    Optional.empty(),
                    Map.of(
                        "TOKENBROKER_LISTEN", "127.0.0.1:0",
                        "TOKENBROKER_DATA", directory.resolve("data").toString(),
                        "TOKENBROKER_TLS_CERT_FILE", tls.resolve("server.pem").toString(),
                        "TOKENBROKER_TLS_KEY_FILE", tls.resolve("server.key").toString(),
                        "TOKENBROKER_TLS_CLIENT_CA_FILE", tls.resolve("ca.pem").toString()),
                    Map.of())
                .config(),
            store ->
                store.addTokens(
                    ACME, List.of(new NewToken(new Secret("made-up"), TokenSettings.DEFAULT))),
            this::now,
            new CompletableFuture<>());
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + daemon.ports().get(0),
                TlsChannelCredentials.newBuilder()
                    .trustManager(tls.resolve("ca.pem").toFile())
                    .keyManager(
                        tls.resolve("client.pem").toFile(), tls.resolve("client.key").toFile())
                    .build())
            .build();
    try {
      Iterator<StreamTokensResponse> turns =
          TokenBrokerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .streamTokens(
                  StreamTokensRequest.newBuilder()
                      .setAccount(ACME.value())
                      .setStreamId("s")
                      .setDemand(1)
                      .build());
      assertThat(turns.next().getTurnsCount()).isEqualTo(1);

      later = Duration.ofDays(20 * 365);
      assertThat(
              Status.fromThrowable(catchThrowable(() -> turns.forEachRemaining(batch -> {})))
                  .getCode())
          .isEqualTo(Status.Code.UNAUTHENTICATED);
    } finally {
      channel.shutdownNow();
      daemon.stop();
    }
  }
}
