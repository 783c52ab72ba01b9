package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE;

import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseRow.End;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

/** The rows of the table lease. */
final class LeaseRows {
  private static final Upsert UPSERT =
      new Upsert(
          "lease",
          List.of("token_key", "place"),
          List.of(
              "lease_id",
              "account",
              "token_id",
              "scope",
              "holder",
              "stream_id",
              "fencing_number",
              "ttl",
              "acquire_time",
              "expire_time",
              "ended",
              "change_time",
              "changed_by"));

  private LeaseRows() {}

  /** The database's clock when the statement begins, in UTC whatever the session's zone is. */
  static Field<Instant> now(DSLContext context) {
    return DSL.field(Dialect.of(context).clock(), LEASE.EXPIRE_TIME.getDataType());
  }

  static Condition isLive(DSLContext context) {
    return LEASE.ENDED.eq(DSL.inline(0)).and(LEASE.EXPIRE_TIME.gt(now(context)));
  }

  static LeaseRow row(Record row) {
    return new LeaseRow(
        row.get(LEASE.PLACE),
        lease(row),
        new StreamId(row.get(LEASE.STREAM_ID)),
        End.values()[row.get(LEASE.ENDED)]);
  }

  static Lease lease(Record row) {
    return new Lease(
        new LeaseId(row.get(LEASE.LEASE_ID)),
        new AccountId(row.get(LEASE.ACCOUNT)),
        new TokenId(row.get(LEASE.TOKEN_ID)),
        new Scope(row.get(LEASE.SCOPE)),
        new Holder(row.get(LEASE.HOLDER)),
        row.get(LEASE.FENCING_NUMBER),
        row.get(LEASE.ACQUIRE_TIME),
        row.get(LEASE.EXPIRE_TIME),
        Duration.ofMillis(row.get(LEASE.TTL)));
  }

  /**
   * @param rows in the order of their keys
   * @param broker who writes them
   */
  static void save(DSLContext context, List<LeaseRow> rows, Instant now, String broker) {
    List<Object[]> values = new ArrayList<>();
    for (LeaseRow row : rows) {
      Lease lease = row.lease();
      values.add(
          new Object[] {
            lease.id().token().value(),
            row.place(),
            lease.id().value(),
            lease.account().value(),
            lease.token().value(),
            lease.scope().value(),
            lease.holder().value(),
            row.stream().value(),
            lease.fencingNumber(),
            lease.ttl().toMillis(),
            lease.acquireTime(),
            lease.expireTime(),
            row.end().ordinal(),
            now,
            broker
          });
    }
    Field<Instant> time = DSL.val((Instant) null, LEASE.EXPIRE_TIME.getDataType());
    for (List<Object[]> chunk : Chunks.of(values)) {
      context
          .batch(
              context.query(
                  UPSERT.sql(context),
                  "",
                  0,
                  "",
                  "",
                  "",
                  "",
                  "",
                  "",
                  0L,
                  0L,
                  time,
                  time,
                  0,
                  time,
                  ""))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
  }

  /**
   * Writes that leases have ended now, and nothing else of them.
   *
   * @param rows of tokens that are locked
   */
  static void end(DSLContext context, List<LeaseRow> rows, Instant now, String broker) {
    for (End end : new End[] {End.RELEASED, End.REVOKED}) {
      List<LeaseId> ids =
          rows.stream().filter(row -> row.end() == end).map(row -> row.lease().id()).toList();
      if (!ids.isEmpty()) {
        context
            .update(LEASE)
            .set(LEASE.ENDED, end.ordinal())
            .set(LEASE.EXPIRE_TIME, now)
            .set(LEASE.CHANGE_TIME, now)
            .set(LEASE.CHANGED_BY, broker)
            .where(LEASE.TOKEN_KEY.in(ids.stream().map(id -> id.token().value()).toList()))
            .and(LEASE.LEASE_ID.in(ids.stream().map(LeaseId::value).toList()))
            .execute();
      }
    }
  }
}
