package io.tokenbroker.server;

import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.NewToken;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenInfo;
import io.tokenbroker.server.token.TokenSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Knows one account, and can do no more than find it and add to it. */
final class FakeDemoStore implements TokenStore {
  final List<NewToken> added = new ArrayList<>();

  @Override
  public Optional<AccountSummary> findAccount(AccountId account, Instant now) {
    return added.isEmpty()
        ? Optional.empty()
        : Optional.of(new AccountSummary(account, added.size(), added.size()));
  }

  @Override
  public List<AddedToken> addTokens(AccountId account, List<NewToken> tokens) {
    added.addAll(tokens);
    return List.of();
  }

  @Override
  public AccountSnapshot load(AccountId account) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<AccountId, Fingerprint> fingerprints(Set<AccountId> accounts) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void savePositions(Map<AccountId, Position> positions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<AccountSummary> listAccounts(Optional<AccountId> after, int limit, Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<TokenInfo> listTokens(AccountId account, Optional<TokenId> after, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TokenInfo updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void removeTokens(AccountId account, Set<TokenId> tokens) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int deleteAccount(AccountId account) {
    throw new UnsupportedOperationException();
  }
}
