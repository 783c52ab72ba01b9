package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.ACCOUNT_SETTINGS;
import static io.tokenbroker.server.sql.generated.Tables.LEASE;
import static io.tokenbroker.server.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.SCOPE_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN_STATE;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.store.TokenStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/**
 * Reads accounts with one query. It is a UNION ALL of seven kinds of rows, as a join would repeat
 * what there is once for each token. All kinds use the columns of a token for what they have. Its
 * text is made once: that takes longer than to read an account. Thread-safe.
 */
final class LoadQuery {
  static final int OF_TOKEN = 1;
  static final int OF_POSITION = 2;
  static final int OF_SCOPES = 3;
  static final int OF_STATE = 4;
  static final int OF_SETTINGS = 5;
  static final int OF_LEASE = 6;
  private static final int OF_CLOCK = 7;

  static final Field<Integer> KIND = DSL.inline(OF_TOKEN).as("kind_");
  private static final Field<String> OWNER = TOKEN.ACCOUNT.as("owner_");
  static final Field<Long> NUMBER = TokenRows.ROW_NUMBER.as("number_");
  static final Field<Double> LAG = DSL.inline(0.0).as("lag_");
  static final Field<String> NAME = TOKEN.ACCOUNT;
  static final Field<String> TEXT = TOKEN.SECRET;
  static final Field<String> MORE_TEXT = TOKEN.TOKEN_LIMITS;
  static final Field<Instant> TIME = TOKEN.EXPIRE_TIME;

  static final Field<String> SEALED_SECRET = TOKEN.SEALED_SECRET;

  /** What the columns hold in the row of a lease. */
  static final class OfLease {
    static final Field<Long> FENCING_NUMBER = TOKEN.ID;
    static final Field<String> TOKEN_ID = NAME;
    static final Field<String> ID = TEXT;
    static final Field<String> SCOPE = MORE_TEXT;
    static final Field<String> HOLDER = TOKEN.LABEL;
    static final Field<Long> TTL_MILLIS = NUMBER;
    static final Field<Integer> PLACE = TOKEN.WEIGHT;
    static final Field<Instant> EXPIRES = TIME;
    static final Field<String> STREAM = SEALED_SECRET;
    static final Field<Instant> ACQUIRED = DSL.inline(null, LEASE.ACQUIRE_TIME).as("acquired_");

    private OfLease() {}
  }

  /** The tables that are asked by account. */
  private static final int TABLES = 6;

  /** More rows are not read together: nobody can use any of them before the last is read. */
  private static final int MAX_ROWS_TOGETHER = 20_000;

  private record Shape(int accounts, boolean withTokens) {}

  private record Text(String sql, List<Field<?>> columns) {}

  private final StoredSecrets secrets;
  private final Map<Shape, Text> texts = new ConcurrentHashMap<>();

  LoadQuery(StoredSecrets secrets) {
    this.secrets = secrets;
  }

  AccountSnapshot load(DSLContext context, AccountId account) {
    TokenLoad load = new TokenLoad(account, secrets);
    Instant now =
        read(context, Map.of(account.value(), load), true, Integer.MAX_VALUE).orElseThrow();
    return load.snapshot(now);
  }

  /** With what our own schema has beside the tokens of an existing table. */
  AccountSnapshot load(DSLContext context, AccountId account, ExistingTokens existing) {
    TokenLoad load = new TokenLoad(account, secrets);
    Instant now =
        read(context, Map.of(account.value(), load), false, Integer.MAX_VALUE).orElseThrow();
    return load.snapshot(existing, now);
  }

  /** Empty if they are too big to be read together. */
  Optional<Map<AccountId, AccountSnapshot>> load(DSLContext context, Set<AccountId> accounts) {
    Map<String, TokenLoad> loads = new HashMap<>();
    accounts.forEach(account -> loads.put(account.value(), new TokenLoad(account, secrets)));
    return read(context, loads, true, MAX_ROWS_TOGETHER)
        .map(
            now -> {
              Map<AccountId, AccountSnapshot> snapshots = new HashMap<>();
              loads.values().forEach(load -> snapshots.put(load.account(), load.snapshot(now)));
              return snapshots;
            });
  }

  /** The database's time; empty if there are more rows. */
  private Optional<Instant> read(
      DSLContext context, Map<String, TokenLoad> loads, boolean withTokens, int maxRows) {
    Text text =
        texts.computeIfAbsent(new Shape(padded(loads.size()), withTokens), s -> text(context, s));
    int rows = 0;
    Optional<Instant> now = Optional.empty();
    try (Cursor<Record> cursor =
        context
            .resultQuery(text.sql, values(loads.keySet(), withTokens))
            .coerce(text.columns)
            .fetchSize(Dialect.of(context).fetchSize())
            .fetchLazy()) {
      for (Record row : cursor) {
        if (row.get(KIND) == OF_CLOCK) {
          now = Optional.of(row.get(TIME));
          continue;
        }
        if (++rows > maxRows) {
          return Optional.empty();
        }
        TokenLoad load = loads.get(row.get(OWNER));
        // MySQL takes "a " for "a"
        if (load != null) {
          load.add(row);
        }
      }
    }
    return now;
  }

  /** Few sizes are few statements, for us and for the database. */
  private static int padded(int accounts) {
    return accounts == 1 ? 1 : accounts <= 4 ? 4 : TokenStore.MAX_LOADED;
  }

  private static Object[] values(Set<String> accounts, boolean withTokens) {
    List<String> some = new ArrayList<>(accounts);
    some.addAll(Collections.nCopies(padded(some.size()) - some.size(), some.get(0)));
    List<String> values = new ArrayList<>();
    for (int i = withTokens ? 0 : 1; i < TABLES; i++) {
      values.addAll(some);
    }
    return values.toArray();
  }

  private static Text text(DSLContext context, Shape shape) {
    List<String> any = Collections.nCopies(shape.accounts, "");
    Select<? extends Record> select = select(context, any, shape.withTokens);
    if (select.getBindValues().size()
        != (shape.withTokens ? TABLES : TABLES - 1) * shape.accounts) {
      throw new IllegalStateException("a value that is no account");
    }
    // braces are jOOQ's own in a text
    return new Text(context.render(select).replace("{", "{{"), List.copyOf(select.getSelect()));
  }

  private static Condition of(TableField<?, String> account, List<String> any) {
    return any.size() == 1 ? account.eq(any.get(0)) : account.in(any);
  }

  private static Select<? extends Record> select(
      DSLContext context, List<String> any, boolean withTokens) {
    Field<Long> noNumber = DSL.inline(0L);
    Field<Double> noLag = DSL.inline(0.0);
    Field<Integer> noWeight = DSL.inline(0);
    Field<String> none = DSL.inline((String) null);
    Field<Boolean> noFlag = DSL.inline((Boolean) null);
    Field<?> noTime = DSL.inline(null, TOKEN.EXPIRE_TIME);
    return context
        .select(KIND, OWNER, TOKEN.ID, NAME, TEXT, MORE_TEXT, TOKEN.LABEL, NUMBER, TOKEN.WEIGHT)
        .select(LAG, TOKEN.ENABLED, TIME, SEALED_SECRET, OfLease.ACQUIRED)
        .from(TOKEN)
        .where(withTokens ? of(TOKEN.ACCOUNT, any) : DSL.falseCondition())
        .unionAll(
            DSL.select(DSL.inline(OF_POSITION), RING_POSITION.ACCOUNT, noNumber)
                .select(RING_POSITION.LAST_TOKEN_ID, none, none, none, RING_POSITION.TURN)
                .select(RING_POSITION.WEIGHT, RING_POSITION.TURN_LAG, noFlag, noTime, none, noTime)
                .from(RING_POSITION)
                .where(of(RING_POSITION.ACCOUNT, any)))
        .unionAll(
            DSL.select(DSL.inline(OF_SCOPES), SCOPE_POSITION.ACCOUNT, noNumber, none)
                .select(SCOPE_POSITION.MARKS, none, none, noNumber, noWeight, noLag, noFlag, noTime)
                .select(none, noTime)
                .from(SCOPE_POSITION)
                .where(of(SCOPE_POSITION.ACCOUNT, any)))
        .unionAll(
            DSL.select(DSL.inline(OF_STATE), TOKEN_STATE.ACCOUNT, noNumber, TOKEN_STATE.TOKEN_ID)
                .select(TOKEN_STATE.HEALTH, TOKEN_STATE.TOKEN_USAGE, none, noNumber, noWeight)
                .select(noLag, noFlag, noTime, none, noTime)
                .from(TOKEN_STATE)
                .where(of(TOKEN_STATE.ACCOUNT, any)))
        .unionAll(
            DSL.select(DSL.inline(OF_SETTINGS), ACCOUNT_SETTINGS.ACCOUNT, noNumber, none, none)
                .select(ACCOUNT_SETTINGS.TOKEN_LIMITS, none, SettingsRows.ROW_NUMBER, noWeight)
                .select(noLag, noFlag, noTime, none, noTime)
                .from(ACCOUNT_SETTINGS)
                .where(of(ACCOUNT_SETTINGS.ACCOUNT, any)))
        .unionAll(
            DSL.select(DSL.inline(OF_LEASE), LEASE.ACCOUNT, LEASE.FENCING_NUMBER, LEASE.TOKEN_ID)
                .select(LEASE.LEASE_ID, LEASE.SCOPE, LEASE.HOLDER, LEASE.TTL, LEASE.PLACE, noLag)
                .select(noFlag, LEASE.EXPIRE_TIME, LEASE.STREAM_ID, LEASE.ACQUIRE_TIME)
                .from(LEASE)
                .where(of(LEASE.ACCOUNT, any))
                .and(LeaseRows.isLive(context)))
        .unionAll(
            DSL.select(DSL.inline(OF_CLOCK), none, noNumber, none, none, none, none, noNumber)
                .select(noWeight, noLag, noFlag, LeaseRows.now(context), none, noTime));
  }
}
