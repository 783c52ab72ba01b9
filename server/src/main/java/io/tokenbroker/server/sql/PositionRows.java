package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;

/** The rows of the table ring_position. */
final class PositionRows {
  private static final Upsert UPSERT =
      new Upsert(
          "ring_position",
          List.of("account", "weight"),
          List.of("turn", "last_token_id", "turn_lag"));

  private PositionRows() {}

  static void save(DSLContext context, Map<AccountId, Position> positions) {
    List<Object[]> rows = new ArrayList<>();
    // always in the same order: two brokers that save the same ones don't lock each other out
    positions.entrySet().stream()
        .sorted(Comparator.comparing(position -> position.getKey().value()))
        .forEach(position -> addRows(position.getKey(), position.getValue(), rows));
    for (List<Object[]> chunk : Chunks.of(rows)) {
      context
          .batch(context.query(UPSERT.sql(context), "", 0, 0L, "", 0.0))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
    ScopePositions.save(context, positions);
  }

  private static void addRows(AccountId account, Position position, List<Object[]> rows) {
    for (Mark mark : position.marks()) {
      if (!mark.scope().isAll()) {
        continue;
      }
      rows.add(
          new Object[] {
            account.value(), mark.weight(), position.turn(), mark.last().value(), mark.lag()
          });
    }
  }

  /** The mark of a row of {@link TokenLoad}. */
  static Mark mark(Record row, Field<String> last, Field<Double> lag) {
    return new Mark(row.get(TOKEN.WEIGHT), new TokenId(row.get(last)), row.get(lag));
  }

  static void delete(DSLContext context, AccountId account) {
    context.deleteFrom(RING_POSITION).where(of(account)).execute();
    ScopePositions.delete(context, account);
  }

  static Condition of(AccountId account) {
    return RING_POSITION.ACCOUNT.eq(account.value());
  }
}
