package io.tokenbroker.server.broker;

import io.tokenbroker.server.rotation.AccountLoader;
import io.tokenbroker.server.rotation.Elsewhere;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.TokenId;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Loads accounts with the leases on their tokens, so that no leased token is handed out after a
 * start.
 */
public final class LeasedAccounts implements AccountLoader {
  private final Function<AccountId, AccountSnapshot> store;
  private final StoreExecutor executor;
  private final Supplier<LeaseCheck> check;
  private final Supplier<Leases> leases;

  /**
   * @param store reads an account, and may block
   * @param check and the next one are there when the first account is asked for
   */
  public LeasedAccounts(
      Function<AccountId, AccountSnapshot> store,
      StoreExecutor executor,
      Supplier<LeaseCheck> check,
      Supplier<Leases> leases) {
    this.store = store;
    this.executor = executor;
    this.check = check;
    this.leases = leases;
  }

  @Override
  public CompletableFuture<AccountSnapshot> load(AccountId account) {
    return executor.submit(
        () -> {
          AccountSnapshot snapshot = store.apply(account);
          if (!snapshot.tokens().isEmpty()) {
            check.get().loaded(snapshot.leases());
          }
          return snapshot;
        });
  }

  @Override
  public Map<TokenId, Elsewhere> leasedElsewhere(AccountId account) {
    return leases.get().leasedElsewhere(account);
  }
}
