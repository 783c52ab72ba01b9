package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN_STATE;

import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.UsageTotal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What was used of limits, in the table token_state. It is added to what is there: several brokers
 * may hand out the same token, and none knows what the others have used.
 */
final class UsageRows {
  /** Nothing that is counted has a longer window. */
  private static final Duration KEPT = Duration.ofDays(32);

  /** How many conditions in one: SQLite takes no expression that is 1,000 deep. */
  private static final int CHUNK = 400;

  private final DSLContext context;
  private final Instant now;
  private final List<Used> used = new ArrayList<>();

  private record Key(String account, String token) {}

  private record Used(Key key, List<Usage> since) {}

  UsageRows(DSLContext context, Instant now) {
    this.context = context;
    this.now = now;
  }

  /** In the order of the keys: two brokers that save the same ones don't lock each other out. */
  void add(String account, TokenId token, List<Usage> since) {
    used.add(new Used(new Key(account, token.value()), since));
  }

  void execute() {
    for (List<Used> chunk : Chunks.of(used, CHUNK)) {
      Map<Key, List<Usage>> before = lock(chunk);
      List<Used> missing = chunk.stream().filter(one -> !before.containsKey(one.key)).toList();
      if (!missing.isEmpty()) {
        makeRows(missing);
        before.putAll(lock(missing));
      }
      List<Object[]> rows = new ArrayList<>();
      for (Used one : chunk) {
        List<Usage> total =
            one.since.isEmpty()
                ? List.of()
                : UsageTotal.of(before.getOrDefault(one.key, List.of()), one.since, now);
        rows.add(
            new Object[] {UsageText.write(total), until(total), one.key.account, one.key.token});
      }
      var time = DSL.val(Instant.EPOCH, TOKEN_STATE.EXPIRE_TIME);
      context
          .batch(
              context
                  .update(TOKEN_STATE)
                  .set(TOKEN_STATE.TOKEN_USAGE, "")
                  .set(TOKEN_STATE.EXPIRE_TIME, DSL.greatest(TOKEN_STATE.EXPIRE_TIME, time))
                  .where(TOKEN_STATE.ACCOUNT.eq(""))
                  .and(TOKEN_STATE.TOKEN_ID.eq("")))
          .bind(rows.toArray(Object[][]::new))
          .execute();
    }
  }

  /** What is not there can't be locked. */
  private void makeRows(List<Used> missing) {
    context
        .batch(
            context
                .insertInto(
                    TOKEN_STATE, TOKEN_STATE.ACCOUNT, TOKEN_STATE.TOKEN_ID, TOKEN_STATE.EXPIRE_TIME)
                .values("", "", Instant.EPOCH)
                .onDuplicateKeyIgnore())
        .bind(
            missing.stream()
                .map(one -> new Object[] {one.key.account, one.key.token, now})
                .toArray(Object[][]::new))
        .execute();
  }

  private Map<Key, List<Usage>> lock(List<Used> chunk) {
    Condition which = DSL.noCondition();
    for (Used one : chunk) {
      which =
          which.or(
              TOKEN_STATE.ACCOUNT.eq(one.key.account).and(TOKEN_STATE.TOKEN_ID.eq(one.key.token)));
    }
    var rows =
        context
            .select(TOKEN_STATE.ACCOUNT, TOKEN_STATE.TOKEN_ID, TOKEN_STATE.TOKEN_USAGE)
            .from(TOKEN_STATE)
            .where(which)
            .orderBy(TOKEN_STATE.ACCOUNT, TOKEN_STATE.TOKEN_ID);
    Map<Key, List<Usage>> before = new HashMap<>();
    Dialect.of(context)
        .locked(rows)
        .forEach(row -> before.put(new Key(row.value1(), row.value2()), read(row.value3())));
    return before;
  }

  /** What nobody can read is replaced. */
  private static List<Usage> read(@Nullable String text) {
    try {
      return UsageText.read(text);
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }

  private Instant until(List<Usage> usages) {
    Instant until = now.plus(KEPT);
    for (Usage usage : usages) {
      for (Usage.Charge charge : usage.charges()) {
        until = StateRows.later(until, charge.time());
      }
    }
    return until;
  }
}
