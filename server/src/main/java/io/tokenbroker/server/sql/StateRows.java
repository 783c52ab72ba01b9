package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN_STATE;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.store.TokenStates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The rows of the table token_state. */
final class StateRows {
  /** A token that nobody has asked for since: a probe will tell as much. */
  private static final Duration QUARANTINE_KEPT = Duration.ofDays(90);

  private static final Duration STRIKES_KEPT = Duration.ofDays(1);

  private final List<Object[]> rows = new ArrayList<>();
  private final List<Object[]> cleared = new ArrayList<>();

  private StateRows() {}

  /**
   * Saves those of the accounts that are owned.
   *
   * @return the others
   */
  static Set<AccountId> save(
      DSLContext context, Map<AccountId, TokenStates> states, Instant now, Epochs owned) {
    Map<AccountId, TokenStates> ours = SaveFence.owned(context, states, owned);
    save(context, ours, now);
    Set<AccountId> others = new HashSet<>(states.keySet());
    others.removeAll(ours.keySet());
    return others;
  }

  private static void save(DSLContext context, Map<AccountId, TokenStates> states, Instant now) {
    StateRows health = new StateRows();
    UsageRows usage = new UsageRows(context, now);
    // always in the same order: two brokers that save the same ones don't lock each other out
    Map<String, TokenStates> sorted = new TreeMap<>();
    states.forEach((account, state) -> sorted.put(account.value(), state));
    sorted.forEach(
        (account, state) -> {
          inOrder(state.health())
              .forEach(
                  (token, value) ->
                      health.add(account, token, HealthText.write(value), until(value, now)));
          inOrder(state.usage()).forEach((token, value) -> usage.add(account, token, value));
        });
    health.execute(context);
    usage.execute();
  }

  private static <V> Map<TokenId, V> inOrder(Map<TokenId, V> map) {
    return new TreeMap<>(map);
  }

  private void add(String account, TokenId token, @Nullable String text, Instant until) {
    if (text == null) {
      cleared.add(new Object[] {until, account, token.value()});
    } else {
      rows.add(new Object[] {account, token.value(), text, until});
    }
  }

  private void execute(DSLContext context) {
    String upsert =
        new Upsert("token_state", List.of("account", "token_id"), List.of("health"))
            .withLater("expire_time")
            .sql(context);
    for (List<Object[]> chunk : Chunks.of(rows)) {
      context
          .batch(context.query(upsert, "", "", "", DSL.val(Instant.EPOCH, TOKEN_STATE.EXPIRE_TIME)))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
    // what has nothing left is found by its time
    String clear =
        "update token_state set health = null,"
            + " expire_time = case when token_usage is null then ? else expire_time end"
            + " where account = ? and token_id = ?";
    var time = DSL.val(Instant.EPOCH, TOKEN_STATE.EXPIRE_TIME);
    for (List<Object[]> chunk : Chunks.of(cleared)) {
      context
          .batch(context.query(clear, time, "", ""))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
  }

  private static Instant until(Health health, Instant now) {
    Instant until = now;
    for (Health.Cooldown cooldown : health.cooldowns().values()) {
      until = later(until, cooldown.until());
    }
    until = until.plus(STRIKES_KEPT);
    Quarantine quarantine = health.quarantine();
    return quarantine == null
        ? until
        : later(until, later(now, quarantine.probeTime()).plus(QUARANTINE_KEPT));
  }

  static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  /** Removes a portion of what says nothing any more; tells whether it was a whole one. */
  static boolean forget(DSLContext context, Instant now) {
    return context
            .deleteFrom(TOKEN_STATE)
            .where(TOKEN_STATE.EXPIRE_TIME.lt(now))
            .orderBy(TOKEN_STATE.EXPIRE_TIME)
            .limit(Chunks.SIZE)
            .execute()
        == Chunks.SIZE;
  }

  static void delete(DSLContext context, AccountId account) {
    context.deleteFrom(TOKEN_STATE).where(of(account)).execute();
  }

  static void delete(DSLContext context, AccountId account, Collection<TokenId> tokens) {
    for (List<TokenId> chunk : Chunks.of(List.copyOf(tokens))) {
      context
          .deleteFrom(TOKEN_STATE)
          .where(of(account))
          .and(TOKEN_STATE.TOKEN_ID.in(chunk.stream().map(TokenId::value).toList()))
          .execute();
    }
  }

  static Condition of(AccountId account) {
    return TOKEN_STATE.ACCOUNT.eq(account.value());
  }
}
