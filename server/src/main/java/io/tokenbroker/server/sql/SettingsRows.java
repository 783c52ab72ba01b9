package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.ACCOUNT_SETTINGS;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.TokenLimits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of the table account_settings. */
final class SettingsRows {
  private static final Logger log = LoggerFactory.getLogger(SettingsRows.class);

  /** Of a row, for the fingerprint of its account; see {@link TokenRows#ROW_NUMBER}. */
  static final Field<Long> ROW_NUMBER =
      TokenRows.rowNumber(ACCOUNT_SETTINGS.UPDATE_TIME, DSL.inline(7L));

  private SettingsRows() {}

  static Map<AccountId, AccountSettings> find(DSLContext context, Set<AccountId> accounts) {
    Map<AccountId, AccountSettings> found = new HashMap<>();
    for (List<AccountId> chunk : Chunks.of(List.copyOf(accounts))) {
      context
          .select(ACCOUNT_SETTINGS.ACCOUNT, ACCOUNT_SETTINGS.TOKEN_LIMITS)
          .from(ACCOUNT_SETTINGS)
          .where(ACCOUNT_SETTINGS.ACCOUNT.in(chunk.stream().map(AccountId::value).toList()))
          .forEach(
              row ->
                  chunk.stream()
                      .filter(account -> account.value().equals(row.value1()))
                      .forEach(account -> found.put(account, nearest(account, row.value2()))));
    }
    return found;
  }

  /** {@link #ROW_NUMBER} of those that have a row. */
  static Map<AccountId, Long> numbers(DSLContext context, Set<AccountId> accounts) {
    Map<AccountId, Long> numbers = new HashMap<>();
    context
        .select(ACCOUNT_SETTINGS.ACCOUNT, ROW_NUMBER)
        .from(ACCOUNT_SETTINGS)
        .where(ACCOUNT_SETTINGS.ACCOUNT.in(accounts.stream().map(AccountId::value).toList()))
        .forEach(row -> numbers.put(new AccountId(row.value1()), row.value2()));
    return numbers;
  }

  /** Without what a person wrote that can't be read, so that it can be set right. */
  private static AccountSettings nearest(AccountId account, @Nullable String limits) {
    try {
      return settings(limits);
    } catch (IllegalArgumentException e) {
      log.atWarn().addKeyValue("account", account).log("unreadable limits of an account");
      return AccountSettings.DEFAULT;
    }
  }

  /** Throws IllegalArgumentException if a person wrote what can't be. */
  static AccountSettings settings(@Nullable String limits) {
    TokenLimits read = LimitsText.read(limits);
    return read == null ? AccountSettings.DEFAULT : new AccountSettings(read);
  }

  static AccountSettings update(
      DSLContext context, AccountId account, UnaryOperator<AccountSettings> change) {
    // a row that is not there can't be locked
    context.execute(
        Dialect.of(context).insertIfAbsent() + " into account_settings (account) values (?)",
        account.value());
    String before =
        Dialect.of(context)
            .locked(
                context
                    .select(ACCOUNT_SETTINGS.TOKEN_LIMITS)
                    .from(ACCOUNT_SETTINGS)
                    .where(of(account)))
            .fetchSingle(ACCOUNT_SETTINGS.TOKEN_LIMITS);
    AccountSettings changed = change.apply(nearest(account, before));
    context
        .update(ACCOUNT_SETTINGS)
        .set(
            ACCOUNT_SETTINGS.TOKEN_LIMITS,
            changed.tokenLimits().equals(TokenLimits.NONE)
                ? null
                : LimitsText.write(changed.tokenLimits()))
        .where(of(account))
        .execute();
    return changed;
  }

  static void delete(DSLContext context, AccountId account) {
    context.deleteFrom(ACCOUNT_SETTINGS).where(of(account)).execute();
  }

  static Condition of(AccountId account) {
    return ACCOUNT_SETTINGS.ACCOUNT.eq(account.value());
  }
}
