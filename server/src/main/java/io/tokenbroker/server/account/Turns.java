package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rotation.Wait;
import io.tokenbroker.server.trace.Spans;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Hands out turns. Thread-safe, never blocks: an account's first request answers when its load is
 * done. Futures fail with a {@link BrokerException}.
 */
public final class Turns {
  private static final String WAIT = "wait for a token";

  /** For those who wait for as long as it takes. */
  public static final Duration FOREVER = Wait.FOREVER.patience();

  /** The most turns in one answer. */
  public static final int MAX_COUNT = 1_000;

  /**
   * When an answer is full, in bytes of secrets and labels: with the last turn, and what is around
   * the texts, it stays far below the 4 MiB that gRPC clients take by default.
   */
  private static final int MAX_BYTES = 1024 * 1024;

  private final RotationTable table;
  private final Spans spans;

  /**
   * @param spans are told who is not answered at once
   */
  public Turns(RotationTable table, Spans spans) {
    this.table = table;
    this.spans = spans;
  }

  /**
   * @param patience how long to wait for a token; 0 to fail at once if none is ready. Cancelling
   *     the future ends the wait
   * @param caller in whose line it waits; empty where nobody is asked who calls
   */
  public CompletableFuture<Turn> next(
      AccountId account, Scope scope, Duration patience, String caller) {
    return spans.during(WAIT, table.next(account, scope, Wait.of(patience, caller)));
  }

  /**
   * @param count 1 to {@link #MAX_COUNT}
   * @param patience is for the first turn
   * @param caller as above
   */
  public CompletableFuture<List<Turn>> next(
      AccountId account, Scope scope, int count, Duration patience, String caller) {
    return spans.during(
        WAIT, table.next(account, scope, count, MAX_BYTES, Wait.of(patience, caller)));
  }

  /** Undoes turns of one request that nobody has heard of: what they used, and their places. */
  public void giveBack(AccountId account, Scope scope, List<Turn> turns) {
    table.giveBack(account, scope, turns);
  }

  /**
   * @param batch the most turns of one message, 1 to {@link #MAX_COUNT}
   * @param limit how many turns there are in all; 0 means no limit
   */
  public TurnStream stream(
      AccountId account, Scope scope, Demand demand, int batch, long limit, String caller) {
    return new TurnStream(table.supply(account, scope, caller), demand, batch, limit);
  }
}
