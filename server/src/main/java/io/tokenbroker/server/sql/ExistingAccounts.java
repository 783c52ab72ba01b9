package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What an existing table has per account. It is counted here and not by the database, which may
 * take two names for one, and another order of names for the right one. No secret is read.
 */
final class ExistingAccounts {
  private ExistingAccounts() {}

  static Map<AccountId, Fingerprint> fingerprints(
      DSLContext context, ExistingTable table, Set<AccountId> accounts, Condition asked) {
    Map<AccountId, Fingerprint> fingerprints = new HashMap<>();
    var query = context.select(table.account(), table.rowNumber()).from(table.rows()).where(asked);
    try (Cursor<? extends Record> cursor =
        query.fetchSize(Dialect.of(context).fetchSize()).fetchLazy()) {
      for (Record row : cursor) {
        ifValid(
            row.get(table.account(), String.class),
            account -> {
              if (accounts.contains(account)) {
                Fingerprint before = fingerprints.getOrDefault(account, Fingerprint.NONE);
                fingerprints.put(account, before.plus(row.get(table.rowNumber())));
              }
            });
      }
    }
    return fingerprints;
  }

  /** By name; rows without a secret do not count. */
  static Collection<AccountSummary> summaries(
      DSLContext context, ExistingTable table, Condition rows, Instant now) {
    Map<String, AccountSummary> summaries = new TreeMap<>();
    var query =
        context
            .select(table.withoutSecret())
            .from(table.rows())
            .where(rows)
            .and(DSL.trim(table.secret().cast(String.class)).ne(""));
    try (Cursor<? extends Record> cursor =
        query.fetchSize(Dialect.of(context).fetchSize()).fetchLazy()) {
      for (Record row : cursor) {
        ifValid(
            row.get(table.account(), String.class),
            account -> {
              AccountSummary before =
                  summaries.getOrDefault(account.value(), new AccountSummary(account, 0, 0));
              summaries.put(
                  account.value(),
                  new AccountSummary(
                      account, before.tokens() + 1, before.ready() + ready(table, row, now)));
            });
      }
    }
    return summaries.values();
  }

  private static int ready(ExistingTable table, Record row, Instant now) {
    try {
      return BenchReason.of(ExistingTokens.settings(table, row), now) == null ? 1 : 0;
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }

  private static void ifValid(@Nullable String name, Consumer<AccountId> use) {
    try {
      use.accept(new AccountId(name == null ? "" : name));
    } catch (IllegalArgumentException e) {
      // a name that nobody can ask for
    }
  }
}
