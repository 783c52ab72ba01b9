package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenSettings;
import java.time.Instant;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;

/** What one query found of an account in an existing table. */
record ExistingTokens(List<Token> tokens, Fingerprint fingerprint) {
  static ExistingTokens read(
      DSLContext context, ExistingTable table, AccountId account, Condition rows) {
    UsableTokens usable = new UsableTokens(account);
    SecretLists lists = new SecretLists(account);
    Fingerprint fingerprint = Fingerprint.NONE;
    try (Cursor<? extends Record> cursor =
        context
            .select(table.withoutSecret())
            .select(table.secret(), table.rowNumber())
            .from(table.rows())
            .where(rows)
            .fetchSize(Dialect.of(context).fetchSize())
            .fetchLazy()) {
      for (Record row : cursor) {
        if (account.value().equals(row.get(table.account(), String.class))) {
          fingerprint = fingerprint.plus(row.get(table.rowNumber()));
          String id = row.get(table.id(), String.class);
          String secret = row.get(table.secret(), String.class);
          lists.look(id, secret);
          usable.add(id, secret, () -> settings(table, row));
        }
      }
    }
    lists.tell();
    return new ExistingTokens(usable.inOrder(), fingerprint);
  }

  /** Throws IllegalArgumentException, which names the column, if what is there can't be used. */
  static TokenSettings settings(ExistingTable table, Record row) {
    TokenSettings none = TokenSettings.DEFAULT;
    String label = table.value(row, "label", String.class).orElse(none.label());
    return new TokenSettings(
        UsableTokens.column("label", () -> none.withLabel(label)).label(),
        table.value(row, "weight", Long.class).map(ExistingTokens::weight).orElse(none.weight()),
        table.value(row, "enabled", Boolean.class).orElse(none.enabled()),
        table.value(row, "expire_time", Instant.class).orElse(null));
  }

  private static int weight(long value) {
    if (value < 1 || value > TokenSettings.MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "weight must be 1 to " + TokenSettings.MAX_WEIGHT + ", is " + value);
    }
    return (int) value;
  }
}
