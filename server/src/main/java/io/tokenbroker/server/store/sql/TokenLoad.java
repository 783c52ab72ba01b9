package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.store.sql.generated.Tables.SCOPE_POSITION;
import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Position.Mark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** Reads an account with one query, and leaves out what can't be used. */
final class TokenLoad {
  private static final io.tokenbroker.server.store.sql.generated.tables.RingPosition ANY_WEIGHT =
      RING_POSITION.as("any_weight");

  private static final io.tokenbroker.server.store.sql.generated.tables.Token FIRST =
      TOKEN.as("first_token");

  private final AccountId account;
  private final UsableTokens tokens;
  private final Map<Integer, Mark> marks = new HashMap<>();
  private List<Mark> scopeMarks = List.of();
  private long turn;
  private Fingerprint fingerprint = Fingerprint.NONE;

  private TokenLoad(AccountId account) {
    this.account = account;
    this.tokens = new UsableTokens(account);
  }

  static AccountSnapshot of(DSLContext context, AccountId account) {
    TokenLoad load = new TokenLoad(account);
    load.read(context);
    return load.snapshot();
  }

  private void read(DSLContext context) {
    // also of weights that no token has any more
    Field<Long> newestTurn =
        DSL.field(
                DSL.select(DSL.max(ANY_WEIGHT.TURN))
                    .from(ANY_WEIGHT)
                    .where(ANY_WEIGHT.ACCOUNT.eq(account.value())))
            .as("newest_turn");
    // in the row of one token only: it may be long, and there may be many tokens
    Field<String> scopes =
        DSL.when(
                TOKEN.ID.eq(
                    DSL.select(DSL.min(FIRST.ID))
                        .from(FIRST)
                        .where(FIRST.ACCOUNT.eq(account.value()))),
                DSL.field(
                    DSL.select(SCOPE_POSITION.MARKS)
                        .from(SCOPE_POSITION)
                        .where(SCOPE_POSITION.ACCOUNT.eq(account.value()))))
            .as("scope_marks");
    Field<Long> rowNumber = Tokens.ROW_NUMBER.as("row_number_");
    try (Cursor<? extends Record> rows =
        context
            .select(TOKEN.ACCOUNT, TOKEN.SECRET, rowNumber, newestTurn, scopes)
            .select(Tokens.INFO)
            .select(RING_POSITION.LAST_TOKEN_ID, RING_POSITION.TURN_LAG)
            .from(TOKEN)
            .leftJoin(RING_POSITION)
            .on(RING_POSITION.ACCOUNT.eq(TOKEN.ACCOUNT))
            .and(RING_POSITION.WEIGHT.eq(TOKEN.WEIGHT))
            .where(Tokens.of(account))
            .orderBy(TOKEN.ID)
            .fetchSize(fetchSize(context.dialect()))
            .fetchLazy()) {
      for (Record row : rows) {
        if (account.value().equals(row.get(TOKEN.ACCOUNT))) {
          fingerprint = fingerprint.plus(row.get(rowNumber));
          Long newest = row.get(newestTurn);
          turn = newest == null ? 0 : newest;
          if (row.get(scopes) != null) {
            scopeMarks = ScopePositions.marks(row.get(scopes));
          }
          add(row);
        }
      }
    }
  }

  private void add(Record row) {
    tokens.add(Tokens.id(row).value(), row.get(TOKEN.SECRET), () -> Tokens.settings(row));
    if (row.get(RING_POSITION.LAST_TOKEN_ID) != null) {
      marks.computeIfAbsent(row.get(TOKEN.WEIGHT), weight -> Positions.mark(row, weight));
    }
  }

  private AccountSnapshot snapshot() {
    List<Mark> all = new ArrayList<>(marks.values());
    all.addAll(scopeMarks);
    Position position = new Position(turn, all);
    return new AccountSnapshot(tokens.inOrder(), position, fingerprint);
  }

  /** So that the driver hands out rows as they come, and does not first collect them all. */
  static int fetchSize(SQLDialect dialect) {
    return dialect == SQLDialect.H2 ? Chunks.SIZE : Integer.MIN_VALUE;
  }
}
