package io.tokenbroker.server.account;

import io.tokenbroker.server.clock.Alarm;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.rotation.RotationTable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Watching accounts. Thread-safe, never blocks. However many watch and however much changes, an
 * account's state is made at most ten times a second, once for all its watchers; and all watchers
 * together are sent 64 MiB a second at most, so that they hold up nobody else.
 *
 * @param <M> what a watcher gets
 */
public final class Watches<M> {
  private static final int MAX_TOKENS = 1_000;

  private final RotationTable table;
  private final ChangeListeners watchers;
  private final Function<AccountState, Snapshot<M>> snapshot;
  private final WatchPace pace;
  private final ConcurrentHashMap<AccountId, WatchedAccount<M>> watched = new ConcurrentHashMap<>();

  /**
   * @param watchers those that the table tells of changes
   * @param snapshot makes what watchers get
   * @param alarm for what has to wait
   * @param executor makes and sends; neither an event loop nor one of the store's threads
   * @param ticker monotonic, in nanoseconds
   */
  public Watches(
      RotationTable table,
      ChangeListeners watchers,
      Function<AccountState, Snapshot<M>> snapshot,
      Alarm alarm,
      Executor executor,
      LongSupplier ticker) {
    this.table = table;
    this.watchers = watchers;
    this.snapshot = snapshot;
    this.pace = new WatchPace(alarm, executor, ticker);
  }

  /**
   * Begins to watch an account, loading it if need be.
   *
   * @param wake is called, on any thread, when there may be news
   */
  public Watch<M> open(AccountId account, Runnable wake) {
    while (true) {
      WatchedAccount<M> present = watched.computeIfAbsent(account, this::begin);
      Watch<M> watch = new Watch<>(present, table.load(account), wake);
      if (present.add(watch)) {
        return watch;
      }
      // its last watcher has gone, and so will it
      watched.remove(account, present);
    }
  }

  private WatchedAccount<M> begin(AccountId account) {
    WatchedAccount<M> fresh = new WatchedAccount<>(() -> snapshot(account), pace);
    fresh.onEmpty =
        () -> {
          watchers.remove(account, fresh);
          watched.remove(account, fresh);
        };
    watchers.add(account, fresh);
    return fresh;
  }

  private Snapshot<M> snapshot(AccountId account) {
    return table
        .state(account, MAX_TOKENS)
        .map(snapshot)
        .orElseThrow(() -> table.moves().absence(account));
  }

  /** Benches what has expired in the watched accounts, which nobody may be asking for tokens. */
  public void expire() {
    watchers.accounts().forEach(table::expire);
  }
}
