package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.LEASE;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.Lease;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.LeasePolicy;
import io.tokenbroker.server.token.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Leases in the broker's own schema. */
public final class SqlLeaseStore implements LeaseStore {
  private final Sql sql;
  private final String broker;

  /**
   * @param broker names this process among all brokers of the database, up to 32 characters
   */
  public SqlLeaseStore(Database database, String broker) {
    this.sql = database.sql();
    this.broker = broker;
  }

  @Override
  public List<LeaseAnswer> commit(List<LeaseOp> group) {
    Optional<List<LeaseAnswer>> answers = tryCommit(group);
    if (answers.isEmpty()) {
      sql.write(
          context -> {
            LeaseTokens.missing(context, group);
            return true;
          });
      answers = tryCommit(group);
    }
    return answers.orElseThrow(() -> new IllegalStateException("a row of lease_token is gone"));
  }

  private Optional<List<LeaseAnswer>> tryCommit(List<LeaseOp> group) {
    return sql.write(context -> LeaseCommit.run(context, group, broker));
  }

  @Override
  public Seen changedByOthers(Set<AccountId> accounts, Instant since) {
    Condition asked =
        accounts.size() <= Chunks.SIZE
            ? LEASE.ACCOUNT.in(accounts.stream().map(AccountId::value).toList())
            : DSL.noCondition();
    return sql.read(
        context ->
            seen(context, LEASE.CHANGE_TIME.ge(since).and(LEASE.CHANGED_BY.ne(broker)).and(asked)));
  }

  /** One statement, which tells the time also if there are no rows. */
  private static Seen seen(DSLContext context, Condition which) {
    Field<Instant> clock = Leases.now(context).as("database_time");
    var rows =
        context
            .select(clock)
            .select(LEASE.fields())
            .from(DSL.table("(select 1 as one) as always"))
            .leftJoin(LEASE)
            .on(which)
            .fetch();
    Instant now = rows.get(0).get(clock);
    return new Seen(
        now, rows.stream().filter(row -> row.get(LEASE.PLACE) != null).map(Leases::row).toList());
  }

  @Override
  public List<LeaseRow> ofStream(AccountId account, Scope scope, Holder holder) {
    return sql.read(
        context ->
            context
                .selectFrom(LEASE)
                .where(LEASE.ACCOUNT.eq(account.value()))
                .and(LEASE.HOLDER.eq(holder.value()))
                .and(LEASE.SCOPE.eq(scope.value()))
                .and(LEASE.STREAM_ID.ne(""))
                .and(Leases.isLive(context))
                .orderBy(LEASE.ACQUIRE_TIME, LEASE.LEASE_ID)
                .fetch(Leases::row));
  }

  @Override
  public Optional<Lease> find(LeaseId id) {
    return sql.read(
        context ->
            context
                .selectFrom(LEASE)
                .where(LEASE.TOKEN_KEY.eq(id.token().value()))
                .and(LEASE.LEASE_ID.eq(id.value()))
                .and(Leases.isLive(context))
                .fetchOptional(Leases::lease));
  }

  @Override
  public List<Placed> list(Optional<AccountId> account, Optional<Place> after, int limit) {
    Condition which =
        account
            .<Condition>map(a -> LEASE.ACCOUNT.eq(a.value()))
            .orElse(DSL.noCondition())
            .and(after.map(SqlLeaseStore::behind).orElse(DSL.noCondition()));
    return sql.read(
        context ->
            context
                .selectFrom(LEASE)
                .where(which)
                .and(Leases.isLive(context))
                .orderBy(LEASE.ACCOUNT, LEASE.TOKEN_ID, LEASE.PLACE)
                .limit(limit)
                .fetch(
                    row ->
                        new Placed(
                            new Place(row.getAccount(), row.getTokenId(), row.getPlace()),
                            Leases.lease(row))));
  }

  private static Condition behind(Place place) {
    return LEASE
        .ACCOUNT
        .gt(place.account())
        .or(
            LEASE
                .ACCOUNT
                .eq(place.account())
                .and(
                    LEASE
                        .TOKEN_ID
                        .gt(place.token())
                        .or(LEASE.TOKEN_ID.eq(place.token()).and(LEASE.PLACE.gt(place.place())))));
  }

  @Override
  public LeasePolicy policy(AccountId account) {
    return sql.read(context -> LeasePolicies.load(context, account));
  }

  @Override
  public Map<AccountId, LeasePolicy> policies(Set<AccountId> accounts) {
    return sql.read(context -> LeasePolicies.find(context, accounts));
  }

  @Override
  public void savePolicy(AccountId account, LeasePolicy policy) {
    sql.write(
        context -> {
          LeasePolicies.save(context, account, policy);
          return true;
        });
  }
}
