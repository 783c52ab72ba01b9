package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.ACCOUNT_SETTINGS;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record3;
import org.jooq.Result;
import org.jooq.SelectHavingStep;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** What is counted per account, from the index alone. */
final class AccountQueries {
  private AccountQueries() {}

  static Map<AccountId, Fingerprint> fingerprints(DSLContext context, Set<AccountId> accounts) {
    Map<String, AccountId> byName = new HashMap<>();
    accounts.forEach(account -> byName.put(account.value(), account));
    Map<AccountId, Fingerprint> fingerprints = new HashMap<>();
    Field<BigDecimal> sum = DSL.sum(TokenRows.ROW_NUMBER).as("sum_");
    context
        .select(TOKEN.ACCOUNT, DSL.count().as("count_"), sum)
        .from(TOKEN)
        .where(TOKEN.ACCOUNT.in(byName.keySet()))
        .and(TokenRows.exactAccount())
        .groupBy(TOKEN.ACCOUNT)
        .unionAll(
            DSL.select(
                    ACCOUNT_SETTINGS.ACCOUNT,
                    DSL.inline(1),
                    SettingsRows.ROW_NUMBER.cast(SQLDataType.NUMERIC(30)))
                .from(ACCOUNT_SETTINGS)
                .where(ACCOUNT_SETTINGS.ACCOUNT.in(byName.keySet())))
        .forEach(
            row -> {
              AccountId account = byName.get(row.value1());
              if (account != null && row.value3() != null) {
                fingerprints.merge(
                    account,
                    new Fingerprint(row.value2(), row.value3().toBigInteger().longValue()),
                    Fingerprint::plus);
              }
            });
    return fingerprints;
  }

  static List<AccountSummary> list(
      DSLContext context, Optional<AccountId> after, int limit, Instant now) {
    List<AccountSummary> accounts = new ArrayList<>();
    String from = after.map(AccountId::value).orElse("");
    // again only where a row has a name that nobody can ask for
    while (accounts.size() < limit) {
      int wanted = limit - accounts.size();
      Result<Record3<String, Integer, Integer>> rows =
          grouped(context, TOKEN.ACCOUNT.gt(from), now)
              .orderBy(TOKEN.ACCOUNT)
              .limit(wanted)
              .fetch();
      rows.forEach(row -> summary(row).ifPresent(accounts::add));
      if (rows.size() < wanted) {
        break;
      }
      from = rows.get(wanted - 1).value1();
    }
    return accounts;
  }

  static Optional<AccountSummary> find(DSLContext context, AccountId account, Instant now) {
    return grouped(context, TOKEN.ACCOUNT.eq(account.value()), now).fetch().stream()
        .filter(row -> account.value().equals(row.value1()))
        .findFirst()
        .flatMap(AccountQueries::summary);
  }

  private static SelectHavingStep<Record3<String, Integer, Integer>> grouped(
      DSLContext context, Condition which, Instant now) {
    Field<Integer> ready =
        DSL.count(
            DSL.when(
                TOKEN
                    .ENABLED
                    .isTrue()
                    .and(TOKEN.EXPIRE_TIME.isNull().or(TOKEN.EXPIRE_TIME.gt(now))),
                1));
    return context
        .select(TOKEN.ACCOUNT, DSL.count(), ready)
        .from(TOKEN)
        .where(which)
        .and(TokenRows.exactAccount())
        .groupBy(TOKEN.ACCOUNT);
  }

  /** Empty if a person wrote a name that nobody can ask for. */
  private static Optional<AccountSummary> summary(Record3<String, Integer, Integer> row) {
    try {
      return Optional.of(
          new AccountSummary(new AccountId(row.value1()), row.value2(), row.value3()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
