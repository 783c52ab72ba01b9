package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tokenbroker.server.account.StateSaver;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits is woken however long a periodic job takes. */
final class AlarmsTest {
  private static final AccountId ACME = new AccountId("acme");
  private static final Duration WINDOW = Duration.ofMillis(300);

  @TempDir Path directory;

  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** Holds up the thread that saves states. */
  private Instant now() {
    boolean saves =
        StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .walk(frames -> frames.anyMatch(one -> one.getDeclaringClass() == StateSaver.class));
    if (saves) {
      held.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return Instant.now();
  }

  @Test
  void aJobThatTakesLongHoldsNobodyUp() throws Exception {
    Config config =
        LoadedConfig.load(
                Optional.empty(),
                Map.of(
                    "TOKENBROKER_LISTEN", "127.0.0.1:0", "TOKENBROKER_DATA", directory.toString()),
                Map.of())
            .config();
    TokenLimits limits = new TokenLimits(List.of(new RateLimit(1, WINDOW)), List.of(), 0, 0);
    NewToken token = new NewToken(new Secret("made-up"), TokenSettings.DEFAULT.withLimits(limits));
    Daemon daemon =
        BrokerDaemon.start(
            config,
            store -> store.addTokens(ACME, List.of(token)),
            this::now,
            new CompletableFuture<>());
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + daemon.ports().get(0), InsecureChannelCredentials.create())
            .build();
    try {
      held.await();
      TokenBrokerBlockingStub stub = TokenBrokerGrpc.newBlockingStub(channel);
      NextTokenRequest request =
          NextTokenRequest.newBuilder().setAccount(ACME.value()).setWait(true).build();
      for (int number = 1; number <= 3; number++) {
        assertThat(
                stub.withDeadlineAfter(30, TimeUnit.SECONDS)
                    .nextToken(request)
                    .getTurn()
                    .getNumber())
            .isEqualTo(number);
      }
    } finally {
      release.countDown();
      channel.shutdownNow();
      daemon.stop();
    }
  }
}
