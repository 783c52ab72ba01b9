package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

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
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.store.SecretCipher;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.store.TokenStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jooq.DSLContext;
import org.jooq.Record;

/** Tokens in the broker's own schema. */
public final class SqlTokenStore implements TokenStore {
  private final Sql sql;
  private final StoredSecrets secrets;
  private final LoadQuery loads;

  /** With secrets in plain text. */
  public SqlTokenStore(Database database) {
    this(database, Optional.empty());
  }

  /**
   * The database is not closed with the store: it has nothing to close.
   *
   * @param cipher to encrypt secrets with; what is encrypted already can't be read without it
   */
  public SqlTokenStore(Database database, Optional<SecretCipher> cipher) {
    this.sql = database.sql();
    this.secrets = new StoredSecrets(cipher.orElse(null));
    this.loads = new LoadQuery(secrets);
  }

  @Override
  public AccountSnapshot load(AccountId account) {
    return sql.readInCall(context -> loads.load(context, account));
  }

  @Override
  public AccountSnapshot reload(AccountId account, KnownTokens known) {
    return sql.readInCall(
        context ->
            AddedRows.read(context, account, known, secrets)
                .map(tokens -> loads.load(context, account, tokens))
                .orElseGet(() -> loads.load(context, account)));
  }

  @Override
  public Optional<Map<AccountId, AccountSnapshot>> loadAll(Set<AccountId> accounts) {
    return sql.readInCall(context -> loads.load(context, accounts));
  }

  @Override
  public Map<AccountId, Fingerprint> fingerprints(Set<AccountId> accounts) {
    return accounts.isEmpty()
        ? Map.of()
        : sql.read(context -> AccountQueries.fingerprints(context, accounts));
  }

  @Override
  public Optional<Changes> changes(Optional<Place> behind, int limit) {
    return Optional.of(sql.read(context -> ChangedAccounts.page(context, behind, limit)));
  }

  @Override
  public List<AccountSummary> listAccounts(Optional<AccountId> after, int limit, Instant now) {
    return sql.read(context -> AccountQueries.list(context, after, limit, now));
  }

  @Override
  public Optional<AccountSummary> findAccount(AccountId account, Instant now) {
    return sql.read(context -> AccountQueries.find(context, account, now));
  }

  @Override
  public List<TokenInfo> listTokens(AccountId account, Optional<TokenId> after, int limit) {
    OptionalLong afterId = OptionalLong.of(Long.MIN_VALUE);
    if (after.isPresent()) {
      afterId = TokenRows.number(after.get());
      if (afterId.isEmpty()) {
        // all ids are numbers, and these come before all others
        return List.of();
      }
    }
    long from = afterId.getAsLong();
    return sql.read(
        context ->
            context
                .select(TokenRows.INFO)
                .from(Dialect.of(context).byIndex(TOKEN, "token_by_account"))
                .where(TokenRows.of(account))
                .and(TOKEN.ID.gt(from))
                .orderBy(TOKEN.ID)
                .limit(limit)
                .fetch(TokenRows::info));
  }

  @Override
  public Changed<List<AddedToken>> addTokens(AccountId account, List<NewToken> tokens) {
    return sql.write(context -> new TokenInsert(context, account, secrets).add(tokens));
  }

  @Override
  public Changed<TokenInfo> updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change) {
    long id =
        TokenRows.number(token)
            .orElseThrow(() -> BrokerException.tokenDoesNotExist(account, token));
    return sql.write(
        context -> {
          Record row =
              Dialect.of(context)
                  .locked(
                      context
                          .select(TokenRows.INFO)
                          .select(TokenRows.ROW_NUMBER)
                          .from(TOKEN)
                          .where(TokenRows.of(account))
                          .and(TOKEN.ID.eq(id)))
                  .fetchOne();
          if (row == null) {
            throw BrokerException.tokenDoesNotExist(account, token);
          }
          Record updated = update(context, id, change.apply(TokenRows.nearestSettings(row)));
          return new Changed<>(
              TokenRows.info(updated),
              new TokenChange.Updated(
                  TokenRows.info(row),
                  TokenRows.info(updated),
                  Fingerprint.NONE
                      .minus(row.get(TokenRows.ROW_NUMBER))
                      .plus(updated.get(TokenRows.ROW_NUMBER))));
        });
  }

  private static Record update(DSLContext context, long id, TokenSettings settings) {
    context
        .update(TOKEN)
        .set(TOKEN.LABEL, settings.label())
        .set(TOKEN.WEIGHT, settings.weight())
        .set(TOKEN.ENABLED, settings.enabled())
        .set(TOKEN.EXPIRE_TIME, settings.expireTime())
        .set(TOKEN.TOKEN_LIMITS, LimitsText.write(settings.limits()))
        .where(TOKEN.ID.eq(id))
        .execute();
    return context
        .select(TokenRows.INFO)
        .select(TokenRows.ROW_NUMBER)
        .from(TOKEN)
        .where(TOKEN.ID.eq(id))
        .fetchSingle();
  }

  @Override
  public Changed<Integer> removeTokens(AccountId account, Set<TokenId> tokens) {
    return sql.write(
        context -> {
          Fingerprint rows = TokenDelete.of(context, account, tokens);
          ChangedAccounts.removed(context, account);
          return new Changed<>(tokens.size(), new TokenChange.Removed(tokens, rows));
        });
  }

  @Override
  public int deleteAccount(AccountId account) {
    return sql.write(
        context -> {
          PositionRows.delete(context, account);
          StateRows.delete(context, account);
          int tokens = context.deleteFrom(TOKEN).where(TokenRows.of(account)).execute();
          if (tokens > 0) {
            SettingsRows.delete(context, account);
            PolicyRows.delete(context, account);
            ChangedAccounts.removed(context, account);
          }
          return tokens;
        });
  }

  @Override
  public void savePositions(Map<AccountId, Position> positions, Epochs owned) {
    sql.write(
        context -> {
          PositionRows.save(context, SaveFence.owned(context, positions, owned));
          return true;
        });
  }

  @Override
  public Set<AccountId> saveStates(Map<AccountId, TokenStates> states, Instant now, Epochs owned) {
    return sql.write(context -> StateRows.save(context, states, now, owned));
  }

  @Override
  public void forgetStates(Instant now) {
    while (sql.write(context -> StateRows.forget(context, now))) {
      // a transaction for each portion
    }
    while (sql.write(ChangedAccounts::forget)) {
      // the same
    }
  }

  @Override
  public Map<AccountId, TokenLimits> findTokenLimits(Set<AccountId> accounts) {
    return sql.read(context -> SettingsRows.find(context, accounts));
  }

  @Override
  public TokenLimits updateTokenLimits(AccountId account, UnaryOperator<TokenLimits> change) {
    return sql.write(context -> SettingsRows.update(context, account, change));
  }
}
