package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.LEASE_TOKEN;

import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.TokenLeases;
import io.tokenbroker.server.token.TokenKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** The rows of the table lease_token. */
final class LeaseTokens {
  /** The row is there: see {@link #missing}. An upsert as it can be sent for many rows at once. */
  private static final String SAVE =
      "insert into lease_token (token_key, account, token_id, fencing_number)"
          + " values (?, '', '', ?)"
          + " on duplicate key update fencing_number = values(fencing_number)";

  private static final String ADD =
      "insert ignore into lease_token (token_key, account, token_id, fencing_number)"
          + " values (?, ?, ?, ?)";

  private LeaseTokens() {}

  /**
   * Adds rows for the tokens of a group's grants that have none. A token begins where the account's
   * highest number is: it may be one that was removed and added again.
   */
  static void missing(DSLContext context, List<LeaseOp> group) {
    SortedMap<TokenKey, LeaseOp.Grant> grants = new TreeMap<>();
    for (LeaseOp op : group) {
      if (op instanceof LeaseOp.Grant grant) {
        grants.put(op.key(), grant);
      }
    }
    Map<String, Long> highest = new HashMap<>();
    context
        .select(LEASE_TOKEN.ACCOUNT, DSL.max(LEASE_TOKEN.FENCING_NUMBER))
        .from(LEASE_TOKEN)
        .where(
            LEASE_TOKEN.ACCOUNT.in(
                grants.values().stream().map(grant -> grant.account().value()).distinct().toList()))
        .groupBy(LEASE_TOKEN.ACCOUNT)
        .forEach(row -> highest.put(row.value1(), row.value2()));
    List<Object[]> rows = new ArrayList<>();
    grants.forEach(
        (key, grant) ->
            rows.add(
                new Object[] {
                  key.value(),
                  grant.account().value(),
                  grant.token().value(),
                  highest.getOrDefault(grant.account().value(), 0L)
                }));
    batch(context, ADD, new Object[] {"", "", "", 0L}, rows);
  }

  static void save(DSLContext context, SortedMap<TokenKey, TokenLeases> tokens) {
    List<Object[]> rows = new ArrayList<>();
    tokens.forEach((key, token) -> rows.add(new Object[] {key.value(), token.fencingNumber()}));
    batch(context, SAVE, new Object[] {"", 0L}, rows);
  }

  private static void batch(DSLContext context, String sql, Object[] types, List<Object[]> rows) {
    for (List<Object[]> chunk : Chunks.of(rows)) {
      context.batch(context.query(sql, types)).bind(chunk.toArray(Object[][]::new)).execute();
    }
  }
}
