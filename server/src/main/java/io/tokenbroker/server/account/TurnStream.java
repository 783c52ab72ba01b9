package io.tokenbroker.server.account;

import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.rotation.Batch;
import io.tokenbroker.server.rotation.Supply;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The turns of one stream: never more than its reader has asked for. Used by one thread at a time.
 */
public final class TurnStream {
  /** When a message is full, in bytes: each slow reader makes the broker keep one. */
  private static final int MAX_BYTES = 64 * 1024;

  private final Supply supply;
  private final Demand demand;
  private final int batch;
  private long left;
  private @Nullable CompletableFuture<Batch> asked;

  /**
   * @param batch the most turns of one message
   * @param limit how many turns there are in all; 0 means no limit
   */
  TurnStream(Supply supply, Demand demand, int batch, long limit) {
    this.supply = supply;
    this.demand = demand;
    this.batch = batch;
    this.left = limit == 0 ? Long.MAX_VALUE : limit;
  }

  /** Whether it has come to its limit. */
  public boolean isDone() {
    return left == 0;
  }

  /** The next turns; only while there is demand, and after the ones before were sent. */
  public CompletableFuture<List<Turn>> next() {
    long most = Math.min(batch, left);
    int count = (int) Math.min(most, demand.left(false));
    int limitedCount = (int) Math.min(most, demand.left(true));
    CompletableFuture<Batch> next = supply.next(count, limitedCount, MAX_BYTES);
    asked = next;
    return next.thenApply(this::made);
  }

  private List<Turn> made(Batch made) {
    left -= made.turns().size();
    demand.made(made.turns().size(), made.limited());
    return made.turns();
  }

  /** To be called when the turns were handed on: somebody may have seen them. */
  public void sent() {
    asked = null;
  }

  /** Ends a wait for turns, and gives back those that were not sent. */
  public void close() {
    CompletableFuture<Batch> unsent = asked;
    if (unsent != null && !unsent.cancel(false) && !unsent.isCompletedExceptionally()) {
      Batch back = unsent.join();
      supply.giveBack(back);
      demand.unmade(back.turns().size());
    }
  }
}
