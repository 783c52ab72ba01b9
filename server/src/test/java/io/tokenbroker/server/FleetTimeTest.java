package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member of a fleet whose machine has another time of day than the database. */
final class FleetTimeTest {
  private static final AccountId ACME = new AccountId("acme");
  private static final int HOURS_OFF = 9;
  private static final int COOLDOWN_HOURS = 2;

  @TempDir Path directory;

  @Test
  void itsTimeOfDayIsTheDatabases() throws Exception {
    try (DatabaseServer database = DatabaseServer.launch(Product.MARIADB)) {
      Daemon daemon =
          BrokerDaemon.start(
              LoadedConfig.load(
                      Optional.empty(),
                      Map.of(
                          "TOKENBROKER_LISTEN", "127.0.0.1:0",
                          "TOKENBROKER_DATA", directory.toString(),
                          "TOKENBROKER_DB_URL", database.url("hours"),
                          "TOKENBROKER_DB_USER", database.user(),
                          "TOKENBROKER_DB_PASSWORD", database.password(),
                          "TOKENBROKER_FLEET_ADVERTISE", "auto"),
                      Map.of())
                  .config(),
              store ->
                  store.addTokens(
                      ACME, List.of(new NewToken(new Secret("made-up"), TokenSettings.DEFAULT))),
              () -> Instant.now().plus(HOURS_OFF, ChronoUnit.HOURS),
              new CompletableFuture<>());
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", daemon.ports().get(0)).usePlaintext().build();
      try {
        Instant ready = cooled(channel);
        assertThat(ready)
            .isCloseTo(
                Instant.now().plus(COOLDOWN_HOURS, ChronoUnit.HOURS), within(1, ChronoUnit.HOURS));
      } finally {
        channel.shutdownNow();
        daemon.stop();
      }
    }
  }

  /** When the only token may be used again, as callers are told. */
  private static Instant cooled(ManagedChannel channel) {
    TokenBrokerGrpc.TokenBrokerBlockingStub stub =
        TokenBrokerGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    Turn turn =
        stub.nextToken(NextTokenRequest.newBuilder().setAccount(ACME.value()).build()).getTurn();
    return Instant.ofEpochSecond(
        stub.reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount(ACME.value())
                    .setTokenId(turn.getTokenId())
                    .setReport(
                        Report.newBuilder()
                            .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                            .setRetryAfter(
                                Duration.newBuilder().setSeconds(COOLDOWN_HOURS * 3_600L)))
                    .build())
            .getToken()
            .getReadyTime()
            .getSeconds());
  }
}
