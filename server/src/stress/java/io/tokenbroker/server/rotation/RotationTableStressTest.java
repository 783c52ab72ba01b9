package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.rotation.Fixtures.tokens;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lincheck on the table: every interleaving of a few calls must give what some order of them, one
 * after the other, gives. The loader answers at once, so that each call is complete when it
 * returns.
 */
@Tag("stress")
public class RotationTableStressTest {
  private static final AccountId ACCOUNT = new AccountId("acme");

  /**
   * Of the first calls, while Lincheck rewrites the classes that they reach: on a slow machine that
   * takes longer than its own 20 s, and it would say that they hang.
   */
  private static final long PATIENCE_MILLIS = 600_000;

  private volatile List<Token> stored = tokens(2);
  private final RotationTable table =
      new RotationTable(
          account ->
              CompletableFuture.completedFuture(
                  new AccountSnapshot(stored, Position.START, new Fingerprint(stored.size(), 0))),
          Duration.ZERO,
          () -> 0,
          () -> Instant.EPOCH,
          account -> {});

  @Operation
  public String next() {
    return turn(() -> table.next(ACCOUNT).join().token().id().value());
  }

  @Operation
  public String nextTwo() {
    return turn(
        () ->
            table.next(ACCOUNT, 2, 1_000).join().stream()
                .map(t -> t.token().id().value() + "#" + t.number())
                .toList()
                .toString());
  }

  /** Adds a token, or takes it away again; both keep the position. */
  @Operation
  public void change() {
    // one step, as a database would make it
    synchronized (this) {
      List<Token> changed = new ArrayList<>(tokens(2));
      if (stored.size() == 2) {
        changed.add(token("3"));
      }
      stored = changed;
    }
    table.reload(ACCOUNT).join();
  }

  private static String turn(java.util.function.Supplier<String> call) {
    try {
      return call.get();
    } catch (CompletionException e) {
      return String.valueOf(e.getCause());
    }
  }

  @Test
  void modelChecking() {
    new ModelCheckingOptions()
        .invocationTimeout$lincheck(PATIENCE_MILLIS)
        // each invocation makes a whole table and follows every access to it: seconds
        .iterations(5)
        .invocationsPerIteration(40)
        .threads(2)
        .actorsPerThread(2)
        .check(RotationTableStressTest.class);
  }

  @Test
  void stress() {
    new StressOptions()
        .invocationTimeout$lincheck(PATIENCE_MILLIS)
        .iterations(20)
        .invocationsPerIteration(2_000)
        .threads(3)
        .actorsPerThread(3)
        .check(RotationTableStressTest.class);
  }
}
