package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.store.SecretCipher;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to load an account from SQLite, with its secrets encrypted and not. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class SealedLoadBenchmark {
  private static final AccountId ACCOUNT = new AccountId("bench");

  @Param({"4", "1000"})
  public int tokens;

  @Param({"false", "true"})
  public boolean encrypted;

  private Database database;
  private SqlTokenStore store;

  @Setup
  public void fill() throws IOException {
    Optional<SecretCipher> cipher =
        encrypted ? Optional.of(new KeysetCipher(Keyset.generate())) : Optional.empty();
    database =
        Database.open(DatabaseSettings.embedded(Files.createTempDirectory("sealed-load"), 2));
    store = new SqlTokenStore(database, cipher);
    List<NewToken> added =
        IntStream.range(0, tokens)
            .mapToObj(i -> new Secret("made-up-secret-of-forty-bytes-%011d".formatted(i)))
            .map(secret -> new NewToken(secret, TokenSettings.DEFAULT))
            .toList();
    store.addTokens(ACCOUNT, added);
  }

  @TearDown
  public void close() {
    database.close();
  }

  @Benchmark
  public AccountSnapshot load() {
    return store.load(ACCOUNT);
  }
}
