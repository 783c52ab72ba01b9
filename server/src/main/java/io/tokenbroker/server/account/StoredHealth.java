package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.TokenId;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The tokens of loaded accounts of which the store may have a health: when they are well, it must
 * be removed there. Thread-safe.
 */
public final class StoredHealth {
  /** The sets never change, and whatever may add to one makes another one of it. */
  private final ConcurrentHashMap<AccountId, Set<TokenId>> tokens = new ConcurrentHashMap<>();

  /** To be told of every load before it is used; gives it back. */
  public AccountSnapshot loaded(AccountId account, AccountSnapshot snapshot) {
    add(account, snapshot.health().keySet());
    return snapshot;
  }

  /**
   * To be told of every account that has left the table: what the store has of it is read again
   * when it comes back.
   *
   * @param isLoaded whether an account is in the table, loaded or being loaded
   */
  public void left(AccountId account, Predicate<AccountId> isLoaded) {
    Set<TokenId> before = tokens.get(account);
    if (before != null && !isLoaded.test(account)) {
      // a load that has begun since has made another set, or will
      tokens.computeIfPresent(account, (any, present) -> isSame(present, before) ? null : present);
    }
  }

  @SuppressWarnings("ReferenceEquality") // an equal one of another load must stay
  private static boolean isSame(Set<TokenId> one, Set<TokenId> other) {
    return one == other;
  }

  boolean contains(AccountId account, TokenId token) {
    return tokens.getOrDefault(account, Set.of()).contains(token);
  }

  /** Of how many accounts anything is known. */
  int accounts() {
    return tokens.size();
  }

  void add(AccountId account, Collection<TokenId> more) {
    if (more.isEmpty() && !tokens.containsKey(account)) {
      return;
    }
    tokens.compute(
        account,
        (any, present) -> {
          Set<TokenId> all = new HashSet<>(present == null ? Set.of() : present);
          all.addAll(more);
          return all.isEmpty() ? null : Set.copyOf(all);
        });
  }

  void remove(AccountId account, Collection<TokenId> well) {
    tokens.computeIfPresent(
        account,
        (any, present) -> {
          Set<TokenId> rest = new HashSet<>(present);
          well.forEach(rest::remove);
          return rest.isEmpty() ? null : Set.copyOf(rest);
        });
  }
}
