package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import java.util.concurrent.CompletableFuture;

/** Reads an account from the store. */
@FunctionalInterface
public interface AccountLoader {
  /** Returns at once; a snapshot without tokens means that there is no such account. */
  CompletableFuture<AccountSnapshot> load(AccountId account);
}
