package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.ManualAlarm;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A table with one account, whose clocks and alarm a test moves. */
final class Bed {
  static final Instant START = Instant.parse("2030-05-06T10:00:00Z");

  final AtomicLong nanos = new AtomicLong();
  final AtomicLong millis = new AtomicLong(START.toEpochMilli());
  final ManualAlarm alarm = new ManualAlarm(nanos::get);
  final AtomicInteger changes = new AtomicInteger();
  List<Token> tokens;
  Map<TokenId, Health> health = Map.of();
  Map<TokenId, RemoteHolds> elsewhere = Map.of();

  /** What happens once, when a load has asked for what is leased. */
  Runnable afterElsewhere = () -> {};

  TokenLimits limits = TokenLimits.NONE;
  Map<TokenId, List<Usage>> usage = Map.of();
  Position position = Position.START;
  final RotationTable table;

  Bed(List<Token> tokens) {
    this(tokens, Defaults.ROTATION);
  }

  Bed(List<Token> tokens, RotationSettings settings) {
    this.tokens = tokens;
    table =
        new RotationTable(
            new AccountLoader() {
              @Override
              public CompletableFuture<AccountSnapshot> load(AccountId account) {
                return CompletableFuture.completedFuture(snapshot());
              }

              @Override
              public Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
                Map<TokenId, RemoteHolds> asked = elsewhere;
                Runnable after = afterElsewhere;
                afterElsewhere = () -> {};
                after.run();
                return asked;
              }
            },
            settings,
            nanos::get,
            this::now,
            alarm,
            account -> changes.incrementAndGet(),
            EvictionGuard.NONE,
            Rights.ALL);
  }

  private AccountSnapshot snapshot() {
    return new AccountSnapshot(
        tokens, position, new Fingerprint(tokens.size(), 0), limits, health, usage);
  }

  Instant now() {
    return Instant.ofEpochMilli(millis.get());
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    millis.addAndGet(time.toMillis());
    alarm.ring();
  }

  String next(String scope) {
    return id(table.next(ACCOUNT, new Scope(scope), Wait.NO));
  }

  static String id(CompletableFuture<Turn> turn) {
    return turn.join().token().id().value();
  }

  List<String> take(String scope, int turns) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      ids.add(next(scope));
    }
    return ids;
  }

  BrokerException failure(CompletableFuture<?> future) {
    try {
      Object value = future.join();
      throw new AssertionError("no failure but " + value);
    } catch (CompletionException e) {
      return (BrokerException) Objects.requireNonNull(e.getCause());
    }
  }

  BrokerException failure(String scope) {
    return failure(table.next(ACCOUNT, new Scope(scope), Wait.NO));
  }

  /** Cools a token for a scope; the empty one is all. */
  Reported cool(String token, String scope, Duration time) {
    return cool(token, scope, time, false);
  }

  Reported cool(String token, String scope, Duration time, boolean fixed) {
    return judge(
        token,
        0,
        (before, account, now) -> {
          Map<Scope, Cooldown> cooldowns = new HashMap<>(before.cooldowns());
          cooldowns.put(new Scope(scope), new Cooldown(1, now.plus(time), fixed));
          return new Verdict(new Health(0, cooldowns, before.quarantine()), account);
        });
  }

  Reported quarantine(String token, Duration probeDelay) {
    return judge(
        token,
        0,
        (before, account, now) ->
            new Verdict(
                new Health(
                    0,
                    before.cooldowns(),
                    new Quarantine(now, probeDelay, now.plus(probeDelay), 0)),
                account));
  }

  Reported good(String token, long turn) {
    return judge(token, turn, (before, account, now) -> new Verdict(Health.GOOD, account));
  }

  void pause(Duration time) {
    judge(
        tokens.get(0).id().value(),
        0,
        (before, account, now) ->
            new Verdict(before, new AccountHealth(now.plus(time), List.of())));
  }

  Reported judge(String token, long turn, ReportRule judge) {
    return table.report(ACCOUNT, new TokenId(token), turn, List.of(), judge).join();
  }

  TokenStatus state(String token) {
    return table.state(ACCOUNT, 1_000).orElseThrow().tokens().stream()
        .filter(state -> state.token().id().value().equals(token))
        .findFirst()
        .orElseThrow();
  }

  void refresh(List<Token> now) {
    tokens = now;
    table.reload(ACCOUNT).join();
  }
}
