package io.tokenbroker.server.account;

import io.tokenbroker.server.lease.LeaseSync;
import io.tokenbroker.server.lease.Leases;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.rotation.AccountLoader;
import io.tokenbroker.server.rotation.RemoteHolds;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Loads accounts with the leases on their tokens, so that no leased token is handed out after a
 * start.
 */
public final class LeasedAccounts implements AccountLoader {
  private final AccountReads reads;
  private final BiFunction<AccountId, AccountSnapshot, AccountSnapshot> loaded;
  private final Supplier<LeaseSync> check;
  private final Supplier<Leases> leases;

  /**
   * @param loaded is told of every account that was read, and gives it back
   * @param check and the next one are there when the first account is asked for
   */
  public LeasedAccounts(
      AccountReads reads,
      BiFunction<AccountId, AccountSnapshot, AccountSnapshot> loaded,
      Supplier<LeaseSync> check,
      Supplier<Leases> leases) {
    this.reads = reads;
    this.loaded = loaded;
    this.check = check;
    this.leases = leases;
  }

  @Override
  public CompletableFuture<AccountSnapshot> load(AccountId account) {
    return reads.read(account).thenApply(read -> loaded(account, read));
  }

  @Override
  public CompletableFuture<AccountSnapshot> reload(AccountId account, KnownTokens known) {
    return reads.readAgain(account, known).thenApply(read -> loaded(account, read));
  }

  private AccountSnapshot loaded(AccountId account, AccountSnapshot read) {
    AccountSnapshot snapshot = loaded.apply(account, read);
    if (!snapshot.tokens().isEmpty()) {
      check.get().loaded(snapshot.leases());
    }
    return snapshot;
  }

  @Override
  public Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
    return leases.get().leasedElsewhere(account);
  }
}
