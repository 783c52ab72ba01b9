package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Position.Mark;
import io.tokenbroker.server.token.Secret;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads an account with one query, and leaves out what can't be used. */
final class TokenLoad {
  private static final Logger log = LoggerFactory.getLogger(TokenLoad.class);

  private static final int MAX_LOGGED = 10;
  private static final io.tokenbroker.server.store.sql.generated.tables.RingPosition ANY_WEIGHT =
      RING_POSITION.as("any_weight");

  private final AccountId account;
  private final List<Token> tokens = new ArrayList<>();
  private final Set<Secret> secrets = new HashSet<>();
  private final Map<Integer, Mark> marks = new HashMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private int leftOutCount;
  private long turn;
  private Fingerprint fingerprint = Fingerprint.NONE;

  private TokenLoad(AccountId account) {
    this.account = account;
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
    Field<Long> rowNumber = Tokens.ROW_NUMBER.as("row_number_");
    try (Cursor<? extends Record> rows =
        context
            .select(TOKEN.ACCOUNT, TOKEN.SECRET, rowNumber, newestTurn)
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
          add(row);
        }
      }
    }
  }

  private void add(Record row) {
    TokenId id = Tokens.id(row);
    try {
      Secret secret = new Secret(row.get(TOKEN.SECRET));
      if (secrets.add(secret)) {
        Token token = new Token(id, secret, Tokens.settings(row));
        tokens.add(token);
        if (row.get(RING_POSITION.LAST_TOKEN_ID) != null) {
          marks.computeIfAbsent(token.weight(), weight -> Positions.mark(row, weight));
        }
      } else {
        leaveOut(id, "has the secret of another");
      }
    } catch (IllegalArgumentException e) {
      leaveOut(id, String.valueOf(e.getMessage()));
    }
  }

  private void leaveOut(TokenId id, String reason) {
    leftOutCount++;
    if (leftOut.size() < MAX_LOGGED) {
      leftOut.add(id + " " + reason);
    }
  }

  private AccountSnapshot snapshot() {
    if (leftOutCount > 0) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("count", leftOutCount)
          .addKeyValue("tokens", leftOut)
          .log("tokens that can't be used are left out");
    }
    return new AccountSnapshot(
        tokens, new Position(turn, List.copyOf(marks.values())), fingerprint);
  }

  /** So that the driver hands out rows as they come, and does not first collect them all. */
  static int fetchSize(SQLDialect dialect) {
    return dialect == SQLDialect.H2 ? Chunks.SIZE : Integer.MIN_VALUE;
  }
}
