package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Who is to be told that an account has changed. Thread-safe. */
public final class Watchers implements Consumer<AccountId> {
  private final ConcurrentHashMap<AccountId, Set<Runnable>> byAccount = new ConcurrentHashMap<>();

  void add(AccountId account, Runnable watcher) {
    byAccount.compute(
        account,
        (any, present) -> {
          Set<Runnable> watchers = present == null ? ConcurrentHashMap.newKeySet() : present;
          watchers.add(watcher);
          return watchers;
        });
  }

  void remove(AccountId account, Runnable watcher) {
    byAccount.computeIfPresent(
        account,
        (any, watchers) -> {
          watchers.remove(watcher);
          return watchers.isEmpty() ? null : watchers;
        });
  }

  /** Whether anybody watches the account now. */
  public boolean isWatched(AccountId account) {
    return byAccount.containsKey(account);
  }

  /** The accounts that somebody watches now. */
  public Set<AccountId> accounts() {
    return Set.copyOf(byAccount.keySet());
  }

  /** Tells the watchers of an account that it has changed; not to be called under a lock. */
  @Override
  public void accept(AccountId account) {
    Set<Runnable> watchers = byAccount.get(account);
    if (watchers != null) {
      watchers.forEach(Runnable::run);
    }
  }
}
