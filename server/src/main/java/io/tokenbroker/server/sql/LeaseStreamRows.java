package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE_STREAM;

import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** The rows of the table lease_stream. */
final class LeaseStreamRows {
  /** Longer than a broker may be cut off from its database and still have streams. */
  private static final Duration KEPT = Duration.ofDays(1);

  private static final Upsert UPSERT =
      new Upsert("lease_stream", List.of("owner_key"), List.of("stream_id", "change_time"));

  private LeaseStreamRows() {}

  static void open(DSLContext context, StreamOwner owner, StreamId stream) {
    context
        .query(UPSERT.sql(context), owner.key(), stream.value(), LeaseRows.now(context))
        .execute();
  }

  /**
   * Locks the rows of those whose streams are given leases by a group, but those that another
   * broker has locked.
   *
   * @return their newest streams; null where another broker has the lock
   */
  static Map<StreamOwner, @Nullable StreamId> lock(DSLContext context, List<LeaseOp> group) {
    TreeMap<String, StreamOwner> owners = new TreeMap<>();
    for (LeaseOp op : group) {
      op.givesTo().ifPresent(owner -> owners.put(owner.key(), owner));
    }
    Map<StreamOwner, @Nullable StreamId> newest = new HashMap<>();
    if (owners.isEmpty()) {
      return newest;
    }
    var rows =
        context
            .selectFrom(LEASE_STREAM)
            .where(LEASE_STREAM.OWNER_KEY.in(owners.keySet()))
            .orderBy(LEASE_STREAM.OWNER_KEY);
    Dialect.of(context)
        .lockedIfFree(rows)
        .forEach(
            row -> newest.put(owners.remove(row.getOwnerKey()), new StreamId(row.getStreamId())));
    if (!owners.isEmpty()) {
      find(context, owners.values()).keySet().forEach(locked -> newest.put(locked, null));
    }
    return newest;
  }

  /** Writes those that are locked, for a cluster: which one is the newest holds at the commit. */
  static void touch(DSLContext context, Map<StreamOwner, @Nullable StreamId> locked) {
    List<String> keys = new ArrayList<>();
    locked.forEach(
        (owner, newest) -> {
          if (newest != null) {
            keys.add(owner.key());
          }
        });
    if (!keys.isEmpty()) {
      context
          .update(LEASE_STREAM)
          .set(LEASE_STREAM.CHANGE_TIME, LeaseRows.now(context))
          .where(LEASE_STREAM.OWNER_KEY.in(keys))
          .execute();
    }
  }

  static Map<StreamOwner, StreamId> find(DSLContext context, Collection<StreamOwner> owners) {
    Map<StreamOwner, StreamId> newest = new HashMap<>();
    for (List<StreamOwner> chunk : Chunks.of(List.copyOf(owners))) {
      Map<String, StreamOwner> byKey = new HashMap<>();
      chunk.forEach(owner -> byKey.put(owner.key(), owner));
      context
          .selectFrom(LEASE_STREAM)
          .where(LEASE_STREAM.OWNER_KEY.in(byKey.keySet()))
          .forEach(
              row -> newest.put(byKey.remove(row.getOwnerKey()), new StreamId(row.getStreamId())));
    }
    return newest;
  }

  static void forget(DSLContext context) {
    Instant now = context.select(LeaseRows.now(context)).fetchSingle().value1();
    context.deleteFrom(LEASE_STREAM).where(LEASE_STREAM.CHANGE_TIME.lt(now.minus(KEPT))).execute();
  }
}
