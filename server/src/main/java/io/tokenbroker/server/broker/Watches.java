package io.tokenbroker.server.broker;

import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Watching accounts. Thread-safe, never blocks. A watcher is only told that there is something new;
 * it takes the newest state when it can use it, so that a slow one costs no memory.
 */
public final class Watches {
  private static final int MAX_TOKENS = 1_000;

  private final RotationTable table;
  private final Watchers watchers;

  /**
   * @param watchers those that the table tells of changes
   */
  public Watches(RotationTable table, Watchers watchers) {
    this.table = table;
    this.watchers = watchers;
  }

  /**
   * Begins to call a watcher, on any thread, after each change of an account. Completes when the
   * account is loaded, with the failure if it can't be.
   */
  public CompletableFuture<Void> open(AccountId account, Runnable watcher) {
    watchers.add(account, watcher);
    return table.load(account);
  }

  public void close(AccountId account, Runnable watcher) {
    watchers.remove(account, watcher);
  }

  /** The newest state, with up to 1,000 tokens; empty if the account is gone. */
  public Optional<AccountState> state(AccountId account) {
    return table.state(account, MAX_TOKENS);
  }

  /** Benches what has expired in the watched accounts, which nobody may be asking for tokens. */
  public void expire() {
    watchers.accounts().forEach(table::expire);
  }
}
