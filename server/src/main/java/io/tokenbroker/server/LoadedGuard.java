package io.tokenbroker.server;

import io.tokenbroker.server.account.ChangeListeners;
import io.tokenbroker.server.account.StoredHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.rotation.EvictionGuard;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Keeps what is watched, and has saved what could go.
 *
 * @param isLoaded whether an account is in the table
 */
record LoadedGuard(
    ChangeListeners watchers,
    StoredHealth stored,
    Supplier<CompletableFuture<Boolean>> saving,
    Predicate<AccountId> isLoaded)
    implements EvictionGuard {
  @Override
  public boolean keeps(AccountId account) {
    return watchers.isWatched(account);
  }

  @Override
  public void save() {
    CompletableFuture<Boolean> unused = saving.get();
  }

  @Override
  public void left(AccountId account) {
    stored.left(account, isLoaded);
  }
}
