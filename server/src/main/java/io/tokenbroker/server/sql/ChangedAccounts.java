package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.ACCOUNT_REMOVAL;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record3;
import org.jooq.Result;
import org.jooq.impl.DSL;

/**
 * Which accounts have changed, from the indexes by change_time: rows that were added or changed
 * bear its time, and brokers leave a row in account_removal where they remove any.
 */
final class ChangedAccounts {
  /** Longer than brokers go by it, see Refresher. */
  private static final Duration KEPT = Duration.ofDays(1);

  private static final List<String> TABLES =
      List.of("token", "account_settings", "account_removal");

  /** {0} is the time of the place behind which a page begins, {1} its account, {2} the limit. */
  private static final String OF_ONE =
      "select * from (select distinct change_time, account from %s"
          + " where change_time > {0} or (change_time = {0} and account > {1})"
          + " order by change_time, account limit {2}) %s_";

  private static final String PAGE =
      "select {3} now_, changes.change_time, changes.account from (select 1 one) always_"
          + " left join (select * from ("
          + TABLES.stream()
              .map(table -> OF_ONE.formatted(table, table))
              .collect(Collectors.joining(" union all "))
          + ") found_ order by change_time, account limit {2}) changes on 1 = 1";

  private static final Field<Instant> NOW =
      DSL.field(DSL.name("now_"), ACCOUNT_REMOVAL.CHANGE_TIME.getDataType().nullable(true));
  private static final Field<Instant> TIME =
      DSL.field(DSL.name("change_time"), ACCOUNT_REMOVAL.CHANGE_TIME.getDataType().nullable(true));
  private static final Field<String> ACCOUNT =
      DSL.field(DSL.name("account"), ACCOUNT_REMOVAL.ACCOUNT.getDataType().nullable(true));

  private ChangedAccounts() {}

  /** When the statement begins, by the clock that changes bear. */
  private static Field<Instant> now(DSLContext context) {
    return DSL.field(Dialect.of(context).changeClock(), ACCOUNT_REMOVAL.CHANGE_TIME.getDataType());
  }

  /** A page, with one statement. */
  static Changes page(DSLContext context, Optional<Place> behind, int limit) {
    Field<Instant> now = now(context);
    Field<Instant> time =
        behind.isEmpty() ? now : DSL.val(behind.get().time(), ACCOUNT_REMOVAL.CHANGE_TIME);
    Result<Record3<Instant, Instant, String>> rows =
        context
            .resultQuery(
                PAGE, time, DSL.val(behind.map(Place::account).orElse("")), DSL.inline(limit), now)
            .coerce(NOW, TIME, ACCOUNT)
            .fetch();
    return new Changes(accounts(rows), next(rows, limit), rows.get(0).get(NOW));
  }

  private static Set<AccountId> accounts(Result<Record3<Instant, Instant, String>> rows) {
    Set<AccountId> accounts = new HashSet<>();
    for (var row : rows) {
      try {
        String name = row.get(ACCOUNT);
        accounts.add(new AccountId(name == null ? "" : name));
      } catch (IllegalArgumentException e) {
        // a name that nobody can ask for, or no row at all
      }
    }
    return accounts;
  }

  private static Optional<Place> next(Result<Record3<Instant, Instant, String>> rows, int limit) {
    var last = rows.get(rows.size() - 1);
    return rows.size() < limit || last.get(ACCOUNT) == null
        ? Optional.empty()
        : Optional.of(new Place(last.get(TIME), last.get(ACCOUNT)));
  }

  /** To be called with a transaction that removes rows of an account. */
  static void removed(DSLContext context, AccountId account) {
    Dialect dialect = Dialect.of(context);
    context.execute(
        "insert into account_removal (account, change_time) values (?, "
            + dialect.changeClock()
            + ") "
            + dialect.ifThere(List.of("account"))
            + " change_time = "
            + dialect.proposed("change_time"),
        account.value());
  }

  /** Removes a portion of the oldest notes of removals; tells whether it was a whole one. */
  static boolean forget(DSLContext context) {
    Instant now = context.select(now(context)).fetchSingle().value1();
    return context
            .deleteFrom(ACCOUNT_REMOVAL)
            .where(ACCOUNT_REMOVAL.CHANGE_TIME.lt(now.minus(KEPT)))
            .orderBy(ACCOUNT_REMOVAL.CHANGE_TIME)
            .limit(Chunks.SIZE)
            .execute()
        == Chunks.SIZE;
  }
}
