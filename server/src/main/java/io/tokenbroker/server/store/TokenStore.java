package io.tokenbroker.server.store;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Where tokens are kept. Thread-safe. Every method blocks on I/O and is called from a {@link
 * StoreExecutor}, never from an event loop; each throws a {@link BrokerException}, above all
 * STORE_UNAVAILABLE, and the ones that write are all or nothing.
 */
public interface TokenStore {
  /** How many accounts are loaded at once. */
  int MAX_LOADED = 16;

  /** How many accounts are compared at once. */
  int MAX_COMPARED = 1_000;

  /**
   * Reads all tokens of an account, its position, its limits, what was saved of its tokens' states,
   * and the leases on them; in our own schema with one query.
   */
  AccountSnapshot load(AccountId account);

  /**
   * As {@link #load}, of an account of which something is known: if nothing but additions has
   * happened to it since, these alone are read.
   */
  default AccountSnapshot reload(AccountId account, KnownTokens known) {
    return load(account);
  }

  /**
   * As {@link #load}, up to {@link #MAX_LOADED} accounts, all with one query; each of them is in
   * the map. Empty if they have to be loaded one by one, say as they are big.
   */
  default Optional<Map<AccountId, AccountSnapshot>> loadAll(Set<AccountId> accounts) {
    return Optional.empty();
  }

  /**
   * The present fingerprints of up to {@link #MAX_COMPARED} accounts, with one query of their rows
   * alone; NONE is left out.
   */
  Map<AccountId, Fingerprint> fingerprints(Set<AccountId> accounts);

  /**
   * The accounts that changed from behind a place on, a page of them, with one query of what
   * changed alone. It misses what was committed long after the time that it bears, and rows that
   * somebody removed by hand or moved to another account. Empty if this store can't tell.
   *
   * @param behind empty: no changes, only the store's time
   * @param limit of the changes in a page, from 1
   */
  Optional<Changes> changes(Optional<Changes.Place> behind, int limit);

  /**
   * Saves positions over those that were saved before.
   *
   * @param owned in which epochs they were read: nothing is saved of accounts whose partitions have
   *     changed their owner since
   */
  void savePositions(Map<AccountId, Position> positions, Epochs owned);

  /**
   * Saves states over those that were saved before, and adds what was used to it; those of unknown
   * tokens are kept for a while.
   *
   * @param owned as above
   * @return the accounts of which nothing was saved, as others own them
   */
  Set<AccountId> saveStates(Map<AccountId, TokenStates> states, Instant now, Epochs owned);

  /** Removes saved states, and notes of removals, that say nothing any more; in portions. */
  void forgetStates(Instant now);

  /** The settings of those of the accounts that have any. */
  Map<AccountId, TokenLimits> findTokenLimits(Set<AccountId> accounts);

  /** Changes the settings of an account, which need not have tokens; tells what they are then. */
  TokenLimits updateTokenLimits(AccountId account, UnaryOperator<TokenLimits> change);

  /** Up to {@code limit} accounts that have tokens, by name, from behind {@code after} on. */
  List<AccountSummary> listAccounts(Optional<AccountId> after, int limit, Instant now);

  /** The summary of one account; empty if it has no tokens. */
  Optional<AccountSummary> findAccount(AccountId account, Instant now);

  /** Up to {@code limit} tokens in the order of their ids, from behind {@code after} on. */
  List<TokenInfo> listTokens(AccountId account, Optional<TokenId> after, int limit);

  /** Adds tokens that have different secrets; one result for each, in their order. */
  Changed<List<AddedToken>> addTokens(AccountId account, List<NewToken> tokens);

  Changed<TokenInfo> updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change);

  /** Tells how many. */
  Changed<Integer> removeTokens(AccountId account, Set<TokenId> tokens);

  /**
   * Removes the account with its position and, if it had tokens, its settings; tells how many
   * tokens it had.
   */
  int deleteAccount(AccountId account);

  /** An answer, and what was committed for it. */
  record Changed<T>(T result, TokenChange change) {}

  /**
   * @param tokens how many the account has
   * @param ready how many of them are neither disabled nor expired
   */
  record AccountSummary(AccountId account, int tokens, int ready) {}
}
