package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A hand-out from an account of which nearly all tokens are benched. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class BenchedTokensBenchmark {
  private static final AccountId ACCOUNT = new AccountId("acme");

  private static final Duration WINDOW = Duration.ofMillis(100);

  /** How many tokens there are; of 10, 9 are benched, of 100,000 99 %. */
  @Param({"10", "100000"})
  public int tokens;

  /**
   * Whether those cool for hours, or each turn benches its token, and another one returns, by its
   * rate limit.
   */
  @Param({"cooling", "limited"})
  public String bench;

  private final AtomicLong nanos = new AtomicLong();
  private RotationTable table;

  @Setup
  public void load() {
    boolean limited = bench.equals("limited");
    int ready = Math.max(1, tokens / 100);
    Map<TokenId, Health> health = new HashMap<>();
    for (int i = 1; i <= tokens && !limited; i++) {
      if (i % (tokens / ready) != 0) {
        Instant until = Instant.EPOCH.plus(Duration.ofHours(1 + i % 1000));
        Cooldown cooldown = new Cooldown(1, until);
        health.put(
            new TokenId("" + i),
            new Health(0, Map.of(io.tokenbroker.server.model.Scope.ALL, cooldown), null));
      }
    }
    TokenLimits limits =
        limited
            ? new TokenLimits(List.of(new RateLimit(1, WINDOW)), List.of(), 0, 0)
            : TokenLimits.NONE;
    // in a window, each call at its time, 99 % of the tokens are handed out
    long step = limited ? WINDOW.toNanos() * 100 / 99 / tokens : 1;
    AccountSnapshot snapshot =
        new AccountSnapshot(
            Fixtures.tokens(tokens),
            Position.START,
            new Fingerprint(1, 1),
            limits,
            health,
            Map.of());
    RotationSettings d = Defaults.ROTATION;
    table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot),
            new RotationSettings(
                d.unknownTtl(),
                64,
                9,
                d.waitMargin(),
                Duration.ZERO,
                d.turnTimeout(),
                d.maxProbeDelay(),
                Long.MAX_VALUE),
            () -> nanos.addAndGet(step),
            () -> Instant.EPOCH,
            (delay, task) -> {},
            account -> {},
            EvictionGuard.NONE,
            Rights.ALL);
    table.load(ACCOUNT).join();
    for (int i = 0; i < 2 * tokens && limited; i++) {
      CompletableFuture<Turn> unused = table.next(ACCOUNT);
    }
  }

  @Benchmark
  public CompletableFuture<Turn> next() {
    return table.next(ACCOUNT);
  }
}
