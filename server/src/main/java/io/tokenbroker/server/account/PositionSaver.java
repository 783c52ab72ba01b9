package io.tokenbroker.server.account;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rotation.UnsavedPositions;
import io.tokenbroker.server.store.FailureLog;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes positions behind: callers never wait for it, and after a failure the next try has all. */
public final class PositionSaver {
  private static final Logger log = LoggerFactory.getLogger(PositionSaver.class);

  /** Accounts in one transaction. */
  private static final int PORTION = 1_000;

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Supplier<Epochs> owned;
  private final FailureLog trouble =
      new FailureLog(log, "positions not saved yet", "positions saved again");
  private final CoalescedTask saves = new CoalescedTask(this::saveNow);

  /**
   * @param owned which partitions this broker owns, in which epochs
   */
  public PositionSaver(
      TokenStore store, StoreExecutor executor, RotationTable table, Supplier<Epochs> owned) {
    this.owned = owned;
    this.store = store;
    this.executor = executor;
    this.table = table;
  }

  /** Saves what has changed since the last time; tells, never with a failure, if all is saved. */
  public CompletableFuture<Boolean> save() {
    return saves.next();
  }

  private CompletableFuture<Boolean> saveNow() {
    // before anything is read: what is read later may be of later epochs, and then waits
    return save(table.unsavedPositions(), owned.get());
  }

  /** One portion after the other: what has been saved stays saved if there is no time for more. */
  private CompletableFuture<Boolean> save(UnsavedPositions left, Epochs epochs) {
    Map<AccountId, Position> portion = left.next(PORTION);
    if (portion.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    return executor
        .run(() -> store.savePositions(portion, epochs))
        .handle((done, failure) -> finish(portion, epochs, failure))
        .thenCompose(ok -> ok ? save(left, epochs) : CompletableFuture.completedFuture(false));
  }

  private boolean finish(
      Map<AccountId, Position> positions, Epochs epochs, @Nullable Throwable failure) {
    if (failure != null) {
      trouble.failed(failure);
      return false;
    }
    Epochs now = owned.get();
    // what has come back in a later epoch was not saved
    positions.keySet().removeIf(now.changedSince(epochs));
    table.saved(positions);
    trouble.succeeded();
    log.atDebug().addKeyValue("accounts", positions.size()).log("positions saved");
    return true;
  }
}
