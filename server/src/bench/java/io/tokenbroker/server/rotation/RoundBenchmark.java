package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.testing.Defaults;
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

/** What a second of saving costs, by what is loaded and what was used. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx6g")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class RoundBenchmark {
  @Param({"1000", "1000000"})
  public int loaded;

  /** Turns of as many accounts before each round. */
  @Param({"0", "100", "20000"})
  public int used;

  private RotationTable table;
  private int next;

  @Setup
  public void load() {
    AccountSnapshot snapshot = Fixtures.snapshot(Fixtures.tokens(4));
    table =
        Defaults.table(
            account -> CompletableFuture.completedFuture(snapshot),
            Duration.ofSeconds(1),
            System::nanoTime,
            Instant::now,
            account -> {});
    for (int i = 0; i < loaded; i++) {
      table.load(account(i)).join();
    }
    round();
  }

  private static AccountId account(int number) {
    return new AccountId("account-" + number);
  }

  @Benchmark
  public int round() {
    for (int i = 0; i < used; i++) {
      next = (next + 1) % loaded;
      table.next(account(next)).join();
    }
    var positions = Fixtures.moved(table);
    table.saved(positions);
    return positions.size() + table.unsavedHealth().size() + table.unsavedUsage().size();
  }
}
