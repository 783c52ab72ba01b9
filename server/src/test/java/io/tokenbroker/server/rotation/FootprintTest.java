package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The estimate beside what the heap says. */
final class FootprintTest {
  private static final TokenLimits LIMITS =
      new TokenLimits(List.of(new RateLimit(1_000, Duration.ofHours(1))), List.of(), 0, 0);

  private static final TokenLimits USED_LIMITS =
      new TokenLimits(
          List.of(
              new RateLimit(1_000, Duration.ofHours(1)),
              new RateLimit(100_000, Duration.ofDays(1))),
          List.of(),
          1_000,
          0);

  @Test
  void isAboutWhatAccountsTake() {
    measure(20_000, 4, 40, TokenLimits.NONE);
    measure(20_000, 1, 100, TokenLimits.NONE);
    measure(200, 1_000, 40, TokenLimits.NONE);
    measure(10_000, 4, 40, LIMITS);
  }

  /** Full windows, turns in use, what upstreams told, and cooldowns of scopes. */
  @Test
  void followsWhatAccountsComeToHoldWithUse() {
    int accounts = 200;
    AtomicLong millis = new AtomicLong();
    RotationTable table =
        Defaults.table(
            account -> CompletableFuture.completedFuture(snapshot(2, 40, USED_LIMITS)),
            Duration.ofSeconds(1),
            () -> millis.get() * 1_000_000,
            () -> Instant.ofEpochMilli(millis.get()),
            changed -> {});
    long before = used();
    List<AccountId> names = new ArrayList<>();
    for (int i = 0; i < accounts; i++) {
      names.add(new AccountId("account-" + i));
    }
    for (int turn = 0; turn < 800; turn++) {
      millis.addAndGet(turn < 600 ? 8_000 : 1);
      names.forEach(account -> table.next(account).join());
    }
    names.forEach(account -> report(table, account, Instant.ofEpochMilli(millis.get())));
    var unused = Fixtures.moved(table);
    double real = used() - before;
    System.out.printf(
        "%d accounts of 2 tokens in use: %.0f bytes each, by the estimate %d%n",
        accounts, real / accounts, table.bytes() / accounts);
    assertThat(table.bytes() / real).isBetween(0.9, 1.8);
    assertThat(table.size()).isEqualTo(accounts);
  }

  private static void report(RotationTable table, AccountId account, Instant now) {
    Map<Scope, Cooldown> cooldowns = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      cooldowns.put(new Scope("scope-" + i), new Cooldown(1, now.plusSeconds(600 + i)));
    }
    Reported unused =
        table
            .report(
                account,
                new TokenId("1000000"),
                1,
                List.of(new UpstreamBudget(1_000, now.plusSeconds(3_600))),
                (health, of, at) -> new Verdict(new Health(0, Map.copyOf(cooldowns), null), of))
            .join();
    for (int i = 0; i < 600; i++) {
      Turn next = table.next(account).join();
      table.giveBack(account, Scope.ALL, i % 2 == 0 ? List.of() : List.of(next));
    }
  }

  private static void measure(int accounts, int tokens, int secret, TokenLimits limits) {
    RotationTable table =
        Defaults.table(
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
    assertThat(table.bytes() / real).isBetween(0.9, 1.8);
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
