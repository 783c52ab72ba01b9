package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.ACCOUNT_SETTINGS;
import static io.tokenbroker.server.store.sql.generated.Tables.LEASE;
import static io.tokenbroker.server.store.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.store.sql.generated.Tables.SCOPE_POSITION;
import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN;
import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN_STATE;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.Lease;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.LiveLeases;
import io.tokenbroker.server.token.LiveLeases.Held;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Position.Mark;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenLimits;
import io.tokenbroker.server.token.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads an account with one query, and leaves out what can't be used. The query is a UNION ALL of
 * seven kinds of rows, as a join would repeat what there is once for each token. All kinds use the
 * columns of a token for what they have.
 */
final class TokenLoad {
  private static final Logger log = LoggerFactory.getLogger(TokenLoad.class);

  private static final int OF_TOKEN = 1;
  private static final int OF_POSITION = 2;
  private static final int OF_SCOPES = 3;
  private static final int OF_STATE = 4;
  private static final int OF_SETTINGS = 5;
  private static final int OF_LEASE = 6;
  private static final int OF_CLOCK = 7;

  private static final Field<Integer> KIND = DSL.inline(OF_TOKEN).as("kind_");
  private static final Field<Long> NUMBER = Tokens.ROW_NUMBER.as("number_");
  private static final Field<Double> LAG = DSL.inline(0.0).as("lag_");
  private static final Field<String> NAME = TOKEN.ACCOUNT;
  private static final Field<String> TEXT = TOKEN.SECRET;
  private static final Field<String> MORE_TEXT = TOKEN.TOKEN_LIMITS;
  private static final Field<Instant> TIME = TOKEN.EXPIRE_TIME;

  // of leases only
  private static final Field<String> STREAM = DSL.inline((String) null).as("stream_");
  private static final Field<Instant> ACQUIRED =
      DSL.inline(null, LEASE.ACQUIRE_TIME).as("acquired_");

  private final AccountId account;
  private final UsableTokens tokens;
  private final List<Mark> marks = new ArrayList<>();
  private final Map<TokenId, Health> health = new HashMap<>();
  private final Map<TokenId, List<Usage>> usage = new HashMap<>();
  private final List<Held> leases = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private TokenLimits limits = TokenLimits.NONE;
  private boolean limitsUnreadable;
  private long turn;
  private Fingerprint fingerprint = Fingerprint.NONE;

  private TokenLoad(AccountId account) {
    this.account = account;
    this.tokens = new UsableTokens(account);
  }

  static AccountSnapshot of(DSLContext context, AccountId account) {
    TokenLoad load = new TokenLoad(account);
    load.read(context, Tokens.of(account));
    return load.snapshot(load.tokens.inOrder(), Fingerprint.NONE);
  }

  /** With what our own schema has beside the tokens of an existing table. */
  static AccountSnapshot of(DSLContext context, AccountId account, ExistingTokens existing) {
    TokenLoad load = new TokenLoad(account);
    load.read(context, DSL.falseCondition());
    return load.snapshot(existing.tokens(), existing.fingerprint());
  }

  private void read(DSLContext context, Condition wanted) {
    try (Cursor<? extends Record> rows =
        select(context, wanted).fetchSize(Dialect.of(context).fetchSize()).fetchLazy()) {
      rows.forEach(this::add);
    }
  }

  private Select<? extends Record> select(DSLContext context, Condition wanted) {
    Field<Long> noNumber = DSL.inline(0L);
    Field<Double> noLag = DSL.inline(0.0);
    Field<Integer> noWeight = DSL.inline(0);
    Field<String> none = DSL.inline((String) null);
    Field<Boolean> noFlag = DSL.inline((Boolean) null);
    Field<?> noTime = DSL.inline(null, TOKEN.EXPIRE_TIME);
    return context
        .select(KIND, TOKEN.ID, NAME, TEXT, MORE_TEXT, TOKEN.LABEL, NUMBER, TOKEN.WEIGHT, LAG)
        .select(TOKEN.ENABLED, TIME, STREAM, ACQUIRED)
        .from(TOKEN)
        .where(wanted)
        .unionAll(
            DSL.select(DSL.inline(OF_POSITION), noNumber, RING_POSITION.LAST_TOKEN_ID, none, none)
                .select(none, RING_POSITION.TURN, RING_POSITION.WEIGHT)
                .select(RING_POSITION.TURN_LAG, noFlag, noTime, none, noTime)
                .from(RING_POSITION)
                .where(Positions.of(account)))
        .unionAll(
            DSL.select(DSL.inline(OF_SCOPES), noNumber, SCOPE_POSITION.ACCOUNT)
                .select(SCOPE_POSITION.MARKS, none, none, noNumber, noWeight, noLag, noFlag, noTime)
                .select(none, noTime)
                .from(SCOPE_POSITION)
                .where(ScopePositions.of(account)))
        .unionAll(
            DSL.select(DSL.inline(OF_STATE), noNumber, TOKEN_STATE.TOKEN_ID, TOKEN_STATE.HEALTH)
                .select(TOKEN_STATE.TOKEN_USAGE, none, noNumber, noWeight, noLag, noFlag, noTime)
                .select(none, noTime)
                .from(TOKEN_STATE)
                .where(States.of(account)))
        .unionAll(
            DSL.select(DSL.inline(OF_SETTINGS), noNumber, ACCOUNT_SETTINGS.ACCOUNT, none)
                .select(ACCOUNT_SETTINGS.TOKEN_LIMITS, none, SettingsRows.ROW_NUMBER, noWeight)
                .select(noLag, noFlag, noTime, none, noTime)
                .from(ACCOUNT_SETTINGS)
                .where(SettingsRows.of(account)))
        .unionAll(
            DSL.select(DSL.inline(OF_LEASE), LEASE.FENCING_NUMBER, LEASE.TOKEN_ID, LEASE.LEASE_ID)
                .select(LEASE.SCOPE, LEASE.HOLDER, LEASE.TTL, LEASE.PLACE, noLag, noFlag)
                .select(LEASE.EXPIRE_TIME, LEASE.STREAM_ID, LEASE.ACQUIRE_TIME)
                .from(LEASE)
                .where(LEASE.ACCOUNT.eq(account.value()))
                .and(Leases.isLive(context)))
        .unionAll(
            DSL.select(DSL.inline(OF_CLOCK), noNumber, none, none, none, none, noNumber, noWeight)
                .select(noLag, noFlag, Leases.now(context), none, noTime));
  }

  private void add(Record row) {
    switch (row.get(KIND)) {
      case OF_TOKEN -> addToken(row);
      case OF_POSITION -> {
        turn = Math.max(turn, row.get(NUMBER));
        marks.add(Positions.mark(row, NAME, LAG));
      }
      case OF_SCOPES -> marks.addAll(ScopePositions.marks(row.get(TEXT)));
      case OF_STATE -> addState(row);
      case OF_LEASE -> addLease(row);
      case OF_CLOCK -> now = row.get(TIME);
      default -> addSettings(row);
    }
  }

  private void addToken(Record row) {
    if (account.value().equals(row.get(TOKEN.ACCOUNT))) {
      fingerprint = fingerprint.plus(row.get(NUMBER));
      tokens.add(Tokens.id(row).value(), row.get(TOKEN.SECRET), () -> Tokens.settings(row));
    }
  }

  private void addState(Record row) {
    try {
      TokenId token = new TokenId(row.get(NAME));
      Health read = HealthText.read(row.get(TEXT));
      if (!read.equals(Health.GOOD)) {
        health.put(token, read);
      }
      List<Usage> usages = UsageText.read(row.get(MORE_TEXT));
      if (!usages.isEmpty()) {
        usage.put(token, usages);
      }
    } catch (IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("token", row.get(NAME))
          .log("the state of a token is unreadable: it is taken for as good as new");
    }
  }

  private void addSettings(Record row) {
    fingerprint = fingerprint.plus(row.get(NUMBER));
    try {
      limits = SettingsRows.settings(row.get(MORE_TEXT)).tokenLimits();
    } catch (IllegalArgumentException e) {
      limitsUnreadable = true;
    }
  }

  private void addLease(Record row) {
    Lease lease =
        new Lease(
            new LeaseId(row.get(TEXT)),
            account,
            new TokenId(row.get(NAME)),
            new Scope(row.get(MORE_TEXT)),
            new Holder(row.get(TOKEN.LABEL)),
            row.get(TOKEN.ID),
            row.get(ACQUIRED),
            row.get(TIME),
            Duration.ofMillis(row.get(NUMBER)));
    leases.add(new Held(row.get(TOKEN.WEIGHT), lease, row.get(STREAM)));
  }

  private AccountSnapshot snapshot(List<Token> present, Fingerprint more) {
    List<Token> usable = present;
    if (limitsUnreadable) {
      log.atWarn()
          .addKeyValue("account", account)
          .log("the account's limits are unreadable: tokens without limits are left out");
      usable = present.stream().filter(token -> token.settings().limits() != null).toList();
    }
    LiveLeases live = new LiveLeases(now, leases);
    Fingerprint all = fingerprint.plus(more);
    return usable.isEmpty()
        ? new AccountSnapshot(List.of(), Position.START, all).withLeases(live)
        : new AccountSnapshot(usable, position(usable), all, limits, health, usage, live);
  }

  /** Without the weights that no token has any more. */
  private Position position(List<Token> present) {
    Set<Integer> weights = present.stream().map(Token::weight).collect(Collectors.toSet());
    marks.removeIf(mark -> !weights.contains(mark.weight()));
    return new Position(turn, marks);
  }
}
