package io.tokenbroker.server.broker;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.TokenId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tokens of which the store may have a health: when they are well, it must be removed there.
 * Thread-safe.
 */
public final class StoredHealth {
  private final ConcurrentHashMap<AccountId, Set<TokenId>> tokens = new ConcurrentHashMap<>();

  /** To be told of every load before it is used; gives it back. */
  public AccountSnapshot loaded(AccountId account, AccountSnapshot snapshot) {
    snapshot.health().keySet().forEach(token -> add(account, token));
    return snapshot;
  }

  boolean contains(AccountId account, TokenId token) {
    return tokens.getOrDefault(account, Set.of()).contains(token);
  }

  void add(AccountId account, TokenId token) {
    tokens.compute(
        account,
        (any, present) -> {
          Set<TokenId> set = present == null ? ConcurrentHashMap.newKeySet() : present;
          set.add(token);
          return set;
        });
  }

  void remove(AccountId account, TokenId token) {
    tokens.computeIfPresent(
        account,
        (any, present) -> {
          present.remove(token);
          return present.isEmpty() ? null : present;
        });
  }
}
