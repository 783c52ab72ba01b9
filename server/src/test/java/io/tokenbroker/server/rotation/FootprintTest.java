package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Secret;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenLimits;
import io.tokenbroker.server.token.TokenLimits.RateLimit;
import io.tokenbroker.server.token.TokenSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The estimate beside what the heap says. */
final class FootprintTest {
  private static final TokenLimits LIMITS =
      new TokenLimits(List.of(new RateLimit(1_000, Duration.ofHours(1))), List.of(), 0, 0);

  @Test
  void isAboutWhatAccountsTake() {
    measure(20_000, 4, 40, TokenLimits.NONE);
    measure(20_000, 1, 100, TokenLimits.NONE);
    measure(200, 1_000, 40, TokenLimits.NONE);
    measure(10_000, 4, 40, LIMITS);
  }

  private static void measure(int accounts, int tokens, int secret, TokenLimits limits) {
    RotationTable table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot(tokens, secret, limits)),
            Duration.ofSeconds(1),
            () -> 0,
            () -> Instant.EPOCH,
            changed -> {});
    long before = used();
    for (int i = 0; i < accounts; i++) {
      var unused = table.next(new AccountId("account-" + i)).join();
    }
    double real = used() - before;
    System.out.printf(
        "%d accounts of %d tokens with secrets of %d bytes%s: %.0f bytes each, by the estimate"
            + " %d%n",
        accounts,
        tokens,
        secret,
        limits.equals(TokenLimits.NONE) ? "" : " and limits",
        real / accounts,
        table.bytes() / accounts);
    assertThat(table.bytes() / real).isBetween(0.9, 2.5);
    assertThat(table.size()).isEqualTo(accounts);
  }

  private static AccountSnapshot snapshot(int count, int secret, TokenLimits limits) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(
          new Token(
              new TokenId("" + (1_000_000 + i)),
              new Secret("x".repeat(secret)),
              TokenSettings.DEFAULT.withLabel("label " + i)));
    }
    return new AccountSnapshot(
        tokens, Position.START, new Fingerprint(count, 0), limits, Map.of(), Map.of());
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
