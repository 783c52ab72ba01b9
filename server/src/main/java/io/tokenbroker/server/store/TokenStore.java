package io.tokenbroker.server.store;

import io.tokenbroker.server.failure.BrokerException;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.AddedToken;
import io.tokenbroker.server.token.NewToken;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenInfo;
import io.tokenbroker.server.token.TokenSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Where tokens are kept. Thread-safe. Every method blocks on I/O and is called from a {@link
 * StoreExecutor}, never from an event loop; each throws a {@link BrokerException}, above all
 * StoreUnavailable, and the ones that write are all or nothing.
 */
public interface TokenStore {
  /** Reads all tokens of an account and its position; in our own schema with one query. */
  AccountSnapshot load(AccountId account);

  /** The present fingerprints of accounts, with one query; NONE is left out. */
  Map<AccountId, Fingerprint> fingerprints(Set<AccountId> accounts);

  /** Saves positions over those that were saved before. */
  void savePositions(Map<AccountId, Position> positions);

  /** Up to {@code limit} accounts that have tokens, by name, from behind {@code after} on. */
  List<AccountSummary> listAccounts(Optional<AccountId> after, int limit, Instant now);

  /** The summary of one account; empty if it has no tokens. */
  Optional<AccountSummary> findAccount(AccountId account, Instant now);

  /** Up to {@code limit} tokens in the order of their ids, from behind {@code after} on. */
  List<TokenInfo> listTokens(AccountId account, Optional<TokenId> after, int limit);

  /** Adds tokens that have different secrets; one result for each, in their order. */
  List<AddedToken> addTokens(AccountId account, List<NewToken> tokens);

  TokenInfo updateToken(AccountId account, TokenId token, UnaryOperator<TokenSettings> change);

  void removeTokens(AccountId account, Set<TokenId> tokens);

  /** Removes the account with its position; tells how many tokens it had. */
  int deleteAccount(AccountId account);

  /**
   * @param tokens how many the account has
   * @param ready how many of them are neither disabled nor expired
   */
  record AccountSummary(AccountId account, int tokens, int ready) {}
}
