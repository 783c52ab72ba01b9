package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.TokenId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
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
  static final Upsert UPSERT =
      new Upsert(
          "ring_position",
          List.of("account", "weight"),
          List.of("turn", "last_token_id", "turn_lag"));

  private PositionRows() {}

  private record Row(String account, long turn, Mark mark) {}

  static void save(DSLContext context, Map<AccountId, Position> positions) {
    List<Row> rows = new ArrayList<>(positions.size());
    positions.forEach(
        (account, position) -> {
          for (Mark mark : position.marks()) {
            if (mark.scope().isAll()) {
              rows.add(new Row(account.value(), position.turn(), mark));
            }
          }
        });
    // always in the same order: two brokers that save the same ones don't lock each other out
    rows.sort(Comparator.comparing(Row::account));
    for (List<Row> chunk : Chunks.ofFewSizes(rows)) {
      String sql = UPSERT.sql(context, chunk.size());
      context.connection(connection -> save(connection, sql, chunk));
    }
    ScopePositions.save(context, positions);
  }

  /**
   * Without jOOQ, which takes longer for a value than a turn takes: where each account has a turn
   * now and then, each turn has a row to be saved.
   */
  private static void save(Connection connection, String sql, List<Row> rows) throws SQLException {
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      int at = 0;
      for (Row row : rows) {
        upsert.setString(++at, row.account);
        upsert.setInt(++at, row.mark.weight());
        upsert.setLong(++at, row.turn);
        upsert.setString(++at, row.mark.last().value());
        upsert.setDouble(++at, row.mark.lag());
      }
      int unused = upsert.executeUpdate();
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
