package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LiveLeases;
import io.tokenbroker.server.model.LiveLeases.Held;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.sql.LoadQuery.OfLease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a load has read of one account, see {@link LoadQuery}; what can't be used is left out. */
final class TokenLoad {
  private static final Logger log = LoggerFactory.getLogger(TokenLoad.class);

  private final AccountId account;
  private final UsableTokens tokens;
  private final List<Mark> marks = new ArrayList<>();
  private final Map<TokenId, Health> health = new HashMap<>();
  private final Map<TokenId, List<Usage>> usage = new HashMap<>();
  private final List<Held> leases = new ArrayList<>();
  private TokenLimits limits = TokenLimits.NONE;
  private boolean limitsUnreadable;
  private long turn;
  private Fingerprint fingerprint = Fingerprint.NONE;

  TokenLoad(AccountId account, StoredSecrets secrets) {
    this.account = account;
    this.tokens = new UsableTokens(account, secrets);
  }

  AccountId account() {
    return account;
  }

  /**
   * @param now the database's time
   */
  AccountSnapshot snapshot(Instant now) {
    return snapshot(tokens.inOrder(), Fingerprint.NONE, now);
  }

  /** With what our own schema has beside the tokens of an existing table. */
  AccountSnapshot snapshot(ExistingTokens existing, Instant now) {
    return snapshot(existing.tokens(), existing.fingerprint(), now);
  }

  void add(Record row) {
    switch (row.get(LoadQuery.KIND)) {
      case LoadQuery.OF_TOKEN -> addToken(row);
      case LoadQuery.OF_POSITION -> {
        turn = Math.max(turn, row.get(LoadQuery.NUMBER));
        marks.add(PositionRows.mark(row, LoadQuery.NAME, LoadQuery.LAG));
      }
      case LoadQuery.OF_SCOPES -> marks.addAll(ScopePositions.marks(row.get(LoadQuery.TEXT)));
      case LoadQuery.OF_STATE -> addState(row);
      case LoadQuery.OF_LEASE -> addLease(row);
      default -> addSettings(row);
    }
  }

  private void addToken(Record row) {
    fingerprint = fingerprint.plus(row.get(LoadQuery.NUMBER));
    tokens.add(
        row.get(TOKEN.ID),
        row.get(TOKEN.SECRET),
        row.get(LoadQuery.SEALED_SECRET),
        () -> TokenRows.settings(row));
  }

  private void addState(Record row) {
    try {
      TokenId token = new TokenId(row.get(LoadQuery.NAME));
      Health read = HealthText.read(row.get(LoadQuery.TEXT));
      if (!read.equals(Health.GOOD)) {
        health.put(token, read);
      }
      List<Usage> usages = UsageText.read(row.get(LoadQuery.MORE_TEXT));
      if (!usages.isEmpty()) {
        usage.put(token, usages);
      }
    } catch (IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("token", row.get(LoadQuery.NAME))
          .log("the state of a token is unreadable: it is taken for as good as new");
    }
  }

  private void addSettings(Record row) {
    fingerprint = fingerprint.plus(row.get(LoadQuery.NUMBER));
    try {
      limits = SettingsRows.limits(row.get(LoadQuery.MORE_TEXT));
    } catch (IllegalArgumentException e) {
      limitsUnreadable = true;
    }
  }

  private void addLease(Record row) {
    Lease lease =
        new Lease(
            new LeaseId(row.get(OfLease.ID)),
            account,
            new TokenId(row.get(OfLease.TOKEN_ID)),
            new Scope(row.get(OfLease.SCOPE)),
            new Holder(row.get(OfLease.HOLDER)),
            row.get(OfLease.FENCING_NUMBER),
            row.get(OfLease.ACQUIRED),
            row.get(OfLease.EXPIRES),
            Duration.ofMillis(row.get(OfLease.TTL_MILLIS)));
    leases.add(new Held(row.get(OfLease.PLACE), lease, row.get(OfLease.STREAM)));
  }

  private AccountSnapshot snapshot(List<Token> present, Fingerprint more, Instant now) {
    List<Token> usable = present;
    if (limitsUnreadable) {
      log.atWarn()
          .addKeyValue("account", account)
          .log("the account's limits are unreadable: tokens without limits are left out");
      usable = present.stream().filter(token -> token.settings().limits() != null).toList();
    }
    LiveLeases live = new LiveLeases(now, leases);
    Fingerprint all = fingerprint.plus(more);
    if (tokens.isKeyMissing()) {
      // that of no rows: each check that comes by reads it again, with the keys of then
      all = new Fingerprint(all.rows(), ~all.sum());
    }
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
