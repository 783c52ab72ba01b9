package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
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

/** A call that fails, as all tokens are leased. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class LeasedTokensBenchmark {
  private static final AccountId ACCOUNT = new AccountId("acme");

  @Param({"10", "10000"})
  public int tokens;

  private final AtomicLong nanos = new AtomicLong();
  private RotationTable table;

  @Setup
  public void load() {
    AccountSnapshot snapshot =
        new AccountSnapshot(Fixtures.tokens(tokens), Position.START, new Fingerprint(1, 1));
    table =
        Defaults.table(
            account -> CompletableFuture.completedFuture(snapshot),
            Duration.ZERO,
            nanos::incrementAndGet,
            () -> Instant.EPOCH,
            account -> {});
    for (int i = 1; i <= tokens; i++) {
      Token token = table.hold(ACCOUNT, io.tokenbroker.server.model.Scope.ALL, 1, Wait.NO).join();
      table.granted(
          ACCOUNT, token.id(), new RemoteHolds(1, Instant.EPOCH.plusSeconds(60 + i % 1_000), i));
    }
  }

  @Benchmark
  public CompletableFuture<Turn> fail() {
    return table.next(ACCOUNT);
  }
}
