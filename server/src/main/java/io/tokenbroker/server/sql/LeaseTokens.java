package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE_TOKEN;

import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.model.TokenKey;
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
  private static final String ADD =
      " into lease_token (token_key, account, token_id, fencing_number) values (?, ?, ?, ?)";

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
    for (List<Object[]> chunk : Chunks.of(rows)) {
      context
          .batch(context.query(Dialect.of(context).insertIfAbsent() + ADD, "", "", "", 0L))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
  }

  /**
   * @param keys of tokens whose numbers grow, by how much. Their rows are locked.
   */
  static void grow(DSLContext context, SortedMap<Integer, List<TokenKey>> keys) {
    keys.forEach(
        (grants, grown) ->
            context
                .update(LEASE_TOKEN)
                .set(LEASE_TOKEN.FENCING_NUMBER, LEASE_TOKEN.FENCING_NUMBER.plus(grants))
                .where(LEASE_TOKEN.TOKEN_KEY.in(grown.stream().map(TokenKey::value).toList()))
                .execute());
  }
}
