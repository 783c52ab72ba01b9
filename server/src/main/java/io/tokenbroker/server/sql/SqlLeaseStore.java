package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.sql.generated.tables.records.LeaseRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Select;
import org.jooq.Table;
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
    LeaseCommit.Group tried = new LeaseCommit.Group(group, broker, sql.isCluster());
    Optional<List<LeaseAnswer>> answers = tryCommit(tried);
    if (answers.isEmpty()) {
      sql.writeSoon(
          context -> {
            LeaseTokens.missing(context, group);
            return true;
          });
      answers = tryCommit(tried);
    }
    return answers.orElseThrow(() -> new IllegalStateException("a row of lease_token is gone"));
  }

  private Optional<List<LeaseAnswer>> tryCommit(LeaseCommit.Group group) {
    try {
      return sql.writeSoon(context -> LeaseCommit.run(context, group));
    } catch (BrokerException e) {
      if (!e.isUnsettled()) {
        throw e;
      }
      // by now the database has given that connection up as well: it knows what became of it
      try {
        return sql.writeSoon(context -> LeaseCommit.run(context, group));
      } catch (BrokerException again) {
        // whatever came in the way of this try: the first one may stand
        throw again.ofCommit();
      }
    }
  }

  @Override
  public Seen changedByOthers(Optional<Set<AccountId>> accounts, Instant since) {
    return sql.readSoon(
        context ->
            seen(
                context,
                context
                    .selectFrom(LEASE)
                    .where(LEASE.CHANGE_TIME.ge(since))
                    .and(byOthers(accounts))));
  }

  @Override
  public Seen ofOthers(Optional<Set<AccountId>> accounts, Optional<Place> after, int limit) {
    return sql.readSoon(
        context ->
            seen(
                context,
                context
                    .selectFrom(LEASE)
                    .where(byOthers(accounts))
                    .and(after.map(SqlLeaseStore::behind).orElse(DSL.noCondition()))
                    .orderBy(LEASE.ACCOUNT, LEASE.TOKEN_ID, LEASE.PLACE)
                    .limit(limit)));
  }

  private Condition byOthers(Optional<Set<AccountId>> accounts) {
    Condition others = LEASE.CHANGED_BY.ne(broker);
    return accounts
        .map(some -> others.and(LEASE.ACCOUNT.in(some.stream().map(AccountId::value).toList())))
        .orElse(others);
  }

  /** One statement, which tells the time also if there are no rows. */
  private static Seen seen(DSLContext context, Select<LeaseRecord> which) {
    Field<Instant> clock = LeaseRows.now(context).as("database_time");
    Table<LeaseRecord> found = which.asTable("found");
    var rows =
        context
            .select(clock)
            .select(found.fields())
            .from(DSL.table("(select 1 as one) as always"))
            .leftJoin(found)
            .on(DSL.trueCondition())
            .fetch();
    Instant now = rows.get(0).get(clock);
    return new Seen(
        now,
        rows.stream()
            .map(row -> row.into(LEASE))
            .filter(row -> row.getPlace() != null)
            .map(LeaseRows::row)
            .toList());
  }

  @Override
  public List<LeaseRow> open(StreamOwner owner, StreamId stream) {
    return sql.writeSoon(
        context -> {
          LeaseStreamRows.open(context, owner, stream);
          return ofStreams(context, owner);
        });
  }

  private static List<LeaseRow> ofStreams(DSLContext context, StreamOwner owner) {
    return context
        .selectFrom(LEASE)
        .where(LEASE.ACCOUNT.eq(owner.account().value()))
        .and(LEASE.HOLDER.eq(owner.holder().value()))
        .and(LEASE.SCOPE.eq(owner.scope().value()))
        .and(LEASE.STREAM_ID.ne(""))
        .and(LeaseRows.isLive(context))
        .orderBy(LEASE.EXPIRE_TIME.desc(), LEASE.LEASE_ID)
        .fetch(LeaseRows::row);
  }

  @Override
  public Map<StreamOwner, StreamId> newestStreams(Set<StreamOwner> owners) {
    return sql.readSoon(context -> LeaseStreamRows.find(context, owners));
  }

  @Override
  public void forgetStreams() {
    sql.write(
        context -> {
          LeaseStreamRows.forget(context);
          return true;
        });
  }

  @Override
  public Optional<Lease> find(LeaseId id) {
    return sql.readSoon(
        context ->
            context
                .selectFrom(LEASE)
                .where(LEASE.TOKEN_KEY.eq(id.token().value()))
                .and(LEASE.LEASE_ID.eq(id.value()))
                .and(LeaseRows.isLive(context))
                .fetchOptional(LeaseRows::lease));
  }

  @Override
  public List<Placed> list(Optional<AccountId> account, Optional<Place> after, int limit) {
    Condition which =
        account
            .<Condition>map(a -> LEASE.ACCOUNT.eq(a.value()))
            .orElse(DSL.noCondition())
            .and(after.map(SqlLeaseStore::behind).orElse(DSL.noCondition()));
    return sql.readSoon(
        context ->
            context
                .selectFrom(LEASE)
                .where(which)
                .and(LeaseRows.isLive(context))
                .orderBy(LEASE.ACCOUNT, LEASE.TOKEN_ID, LEASE.PLACE)
                .limit(limit)
                .fetch(
                    row ->
                        new Placed(
                            new Place(row.getAccount(), row.getTokenId(), row.getPlace()),
                            LeaseRows.lease(row))));
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
    return sql.readSoon(context -> PolicyRows.load(context, account));
  }

  @Override
  public Map<AccountId, LeasePolicy> policies(Set<AccountId> accounts) {
    return sql.readSoon(context -> PolicyRows.find(context, accounts));
  }

  @Override
  public void savePolicy(AccountId account, LeasePolicy policy) {
    sql.write(
        context -> {
          PolicyRows.save(context, account, policy);
          return true;
        });
  }
}
