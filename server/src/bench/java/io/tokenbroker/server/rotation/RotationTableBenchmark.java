package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

/** A warm hand-out: look-up, stripe lock, pick. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RotationTableBenchmark {
  /** How many tokens the account has, and of how many different weights. */
  @Param({"10x1", "100000x1", "10x5"})
  public String tokens;

  private RotationTable table;

  @Setup
  public void load() {
    int count = Integer.parseInt(tokens.substring(0, tokens.indexOf('x')));
    int weights = Integer.parseInt(tokens.substring(tokens.indexOf('x') + 1));
    int[] each = new int[count];
    for (int i = 0; i < count; i++) {
      each[i] = 1 + i % weights;
    }
    AccountSnapshot snapshot = Fixtures.snapshot(Fixtures.weighted(each));
    table =
        new RotationTable(
            account -> CompletableFuture.completedFuture(snapshot),
            Duration.ofSeconds(1),
            System::nanoTime,
            Instant::now,
            account -> {});
    table.load(new AccountId("acme")).join();
  }

  @Benchmark
  public Turn next() {
    // as a request does: the name is checked and hashed each time
    return table.next(new AccountId(new String("acme".toCharArray()))).join();
  }
}
