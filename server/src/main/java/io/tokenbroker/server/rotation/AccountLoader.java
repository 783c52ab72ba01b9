package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.TokenId;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Reads an account from the store. */
@FunctionalInterface
public interface AccountLoader {
  /** Returns at once; a snapshot without tokens means that there is no such account. */
  CompletableFuture<AccountSnapshot> load(AccountId account);

  /** As {@link #load}, of an account that is loaded: less than all of it may have to be read. */
  default CompletableFuture<AccountSnapshot> reload(AccountId account, KnownTokens known) {
    return load(account);
  }

  /** What others hold of an account's tokens, once {@link #load} has completed. */
  default Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
    return Map.of();
  }
}
