package io.tokenbroker.server.sql;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.store.TokenStore;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * Tokens in a table of somebody else, which is only read, through one configured SELECT. What the
 * broker has to say of them (positions, states, settings of accounts) is in its own schema.
 */
public final class ExistingTableStore implements TokenStore {
  private static final int ILLEGAL_MIX_OF_COLLATIONS = 1267;

  private final Sql credentials;
  private final ExistingTable table;
  private final Sql own;
  private final LoadQuery loads = new LoadQuery(StoredSecrets.PLAIN);

  /**
   * @param credentials is only read
   * @param select gives the columns account, id, secret and, if it likes, label, weight, enabled
   *     and expire_time
   * @param own has the broker's schema
   * @throws StoreStartException if the SELECT can't be used
   */
  public ExistingTableStore(Database credentials, String select, Database own) {
    this.credentials = credentials.sql();
    this.table = new ExistingTable(credentials.sql(), select);
    this.own = own.sql();
  }

  @Override
  public AccountSnapshot load(AccountId account) {
    Optional<Condition> rows = table.of(account);
    if (rows.isEmpty()) {
      return new AccountSnapshot(List.of(), Position.START, Fingerprint.NONE);
    }
    ExistingTokens tokens =
        ofOne(
            new ExistingTokens(List.of(), Fingerprint.NONE),
            context -> ExistingTokens.read(context, table, account, rows.get()));
    return tokens.tokens().isEmpty()
        ? new AccountSnapshot(List.of(), Position.START, tokens.fingerprint())
        : own.read(context -> loads.load(context, account, tokens));
  }

  @Override
  public Map<AccountId, Fingerprint> fingerprints(Set<AccountId> accounts) {
    Optional<Condition> some = table.ofAny(accounts);
    if (some.isEmpty()) {
      return Map.of();
    }
    Map<AccountId, Fingerprint> fingerprints =
        credentials.read(
            context -> ExistingAccounts.fingerprints(context, table, accounts, some.get()));
    own.read(context -> SettingsRows.numbers(context, fingerprints.keySet()))
        .forEach(
            (account, number) -> fingerprints.computeIfPresent(account, (a, f) -> f.plus(number)));
    return fingerprints;
  }

  /** Somebody else's rows bear no time: each check compares all accounts. */
  @Override
  public Optional<Changes> changes(Optional<Changes.Place> behind, int limit) {
    return Optional.empty();
  }

  @Override
  public List<AccountSummary> listAccounts(Optional<AccountId> after, int limit, Instant now) {
    String from = after.map(AccountId::value).orElse("");
    return credentials
        .read(context -> ExistingAccounts.summaries(context, table, DSL.noCondition(), now))
        .stream()
        .filter(summary -> summary.account().value().compareTo(from) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public Optional<AccountSummary> findAccount(AccountId account, Instant now) {
    return table
        .of(account)
        .flatMap(
            rows ->
                this.<Collection<AccountSummary>>ofOne(
                        List.of(), context -> ExistingAccounts.summaries(context, table, rows, now))
                    .stream()
                    .filter(summary -> summary.account().equals(account))
                    .findFirst());
  }

  /**
   * Reads one account; none if its name has characters that the table's own character set lacks.
   */
  private <T> T ofOne(T none, Function<DSLContext, ? extends T> work) {
    try {
      return credentials.read(work::apply);
    } catch (BrokerException e) {
      SQLException cause = SqlErrors.find(e);
      if (cause != null && cause.getErrorCode() == ILLEGAL_MIX_OF_COLLATIONS) {
        return none;
      }
      throw e;
    }
  }

  @Override
  public List<TokenInfo> listTokens(AccountId account, Optional<TokenId> after, int limit) {
    return load(account).tokens().stream()
        .filter(token -> after.isEmpty() || token.id().compareTo(after.get()) > 0)
        .sorted(Comparator.comparing(Token::id))
        .limit(limit)
        .map(token -> new TokenInfo(token.id(), token.settings()))
        .toList();
  }

  @Override
  public void savePositions(Map<AccountId, Position> positions, Epochs owned) {
    own.write(
        context -> {
          PositionRows.save(context, SaveFence.owned(context, positions, owned));
          return true;
        });
  }

  @Override
  public Set<AccountId> saveStates(Map<AccountId, TokenStates> states, Instant now, Epochs owned) {
    return own.write(context -> StateRows.save(context, states, now, owned));
  }

  @Override
  public void forgetStates(Instant now) {
    while (own.write(context -> StateRows.forget(context, now))) {
      // a transaction for each portion
    }
  }

  @Override
  public Map<AccountId, TokenLimits> findTokenLimits(Set<AccountId> accounts) {
    return own.read(context -> SettingsRows.find(context, accounts));
  }

  @Override
  public TokenLimits updateTokenLimits(AccountId account, UnaryOperator<TokenLimits> change) {
    return own.write(context -> SettingsRows.update(context, account, change));
  }

  @Override
  public Changed<List<AddedToken>> addTokens(AccountId account, List<NewToken> tokens) {
    throw BrokerException.storeReadOnly();
  }

  @Override
  public Changed<TokenInfo> updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change) {
    throw BrokerException.storeReadOnly();
  }

  @Override
  public Changed<Integer> removeTokens(AccountId account, Set<TokenId> tokens) {
    throw BrokerException.storeReadOnly();
  }

  @Override
  public int deleteAccount(AccountId account) {
    throw BrokerException.storeReadOnly();
  }
}
