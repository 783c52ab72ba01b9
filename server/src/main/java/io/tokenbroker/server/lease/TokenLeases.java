package io.tokenbroker.server.lease;

import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Gone;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseRow.End;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The leases of one token, read while the database keeps everybody else from changing them, and
 * what an operation makes of them. Not thread-safe.
 */
public final class TokenLeases {
  private final TreeMap<Integer, LeaseRow> found = new TreeMap<>();
  private final TreeMap<Integer, LeaseRow> rows = new TreeMap<>();
  private final Set<Integer> changed = new TreeSet<>();
  private final Set<Integer> ended = new TreeSet<>();
  private long fencingNumber;
  private int grants;

  public TokenLeases(long fencingNumber) {
    this.fencingNumber = fencingNumber;
  }

  /** Adds what the database has. */
  public void add(LeaseRow row) {
    found.put(row.place(), row);
    rows.put(row.place(), row);
  }

  /** Whether the database has a lease in its place, and ending, as in a row. */
  public boolean has(LeaseRow row) {
    LeaseRow there = found.get(row.place());
    return there != null
        && there.lease().id().equals(row.lease().id())
        && there.lease().expireTime().equals(row.lease().expireTime())
        && there.stream().equals(row.stream())
        && there.end() == row.end();
  }

  /** That of the newest grant. */
  public long fencingNumber() {
    return fencingNumber;
  }

  /** By how much the number has grown. */
  public int grants() {
    return grants;
  }

  /** The rows that are to be written. */
  public Collection<LeaseRow> changed() {
    return changed.stream().map(rows::get).toList();
  }

  /** The rows of which nothing is to be written but that they have ended, and when. */
  public Collection<LeaseRow> ended() {
    return ended.stream().map(rows::get).toList();
  }

  /**
   * @param limit how many leases the token may have
   */
  LeaseAnswer grant(LeaseOp.Grant op, int limit, Instant now) {
    List<Standing> live =
        rows.values().stream()
            .filter(row -> row.isLive(now))
            .map(row -> new Standing(row.lease(), row.place(), row.left(now)))
            .toList();
    if (live.size() >= limit) {
      Duration left =
          live.stream().map(Standing::left).min(Comparator.naturalOrder()).orElse(Duration.ZERO);
      return new Taken(left, live);
    }
    int place = 0;
    LeaseRow there = rows.get(place);
    while (there != null && (there.isLive(now) || there.isStillToBeHeardOf(now))) {
      place++;
      there = rows.get(place);
    }
    fencingNumber++;
    grants++;
    Lease lease =
        new Lease(
            op.id(),
            op.account(),
            op.token(),
            op.scope().ofAllTokens(),
            op.holder().asStored(),
            fencingNumber,
            now,
            now.plus(op.ttl()),
            op.ttl());
    put(new LeaseRow(place, lease, op.stream(), End.NONE));
    return new Standing(lease, place, op.ttl());
  }

  LeaseAnswer renew(LeaseOp.Renew op, Instant now) {
    LeaseRow row = find(op.id());
    Gone gone = gone(row, op.fencingNumber(), op.onlyOf(), now);
    if (row == null || gone != null) {
      return gone == null ? new Gone(Why.ENDED) : gone;
    }
    Lease lease =
        op.ttl() == null
            ? prolonged(row.lease(), row.lease().ttl(), now)
            : row.lease().withTtl(op.ttl(), now.plus(op.ttl()));
    return standing(new LeaseRow(row.place(), lease, row.stream(), End.NONE), now);
  }

  LeaseAnswer takeOver(LeaseOp.TakeOver op, Instant now) {
    LeaseRow row = find(op.id());
    Gone gone = gone(row, op.fencingNumber(), null, now);
    if (row == null || gone != null) {
      return gone == null ? new Gone(Why.ENDED) : gone;
    }
    Lease lease = op.ttl() == null ? row.lease() : prolonged(row.lease(), op.ttl(), now);
    return standing(new LeaseRow(row.place(), lease, op.stream(), End.NONE), now);
  }

  /** Whatever the TTL is: it does not end before its holder was told that it would. */
  private static Lease prolonged(Lease lease, Duration ttl, Instant now) {
    Instant end = now.plus(ttl);
    return lease.withTtl(ttl, end.isBefore(lease.expireTime()) ? lease.expireTime() : end);
  }

  private Standing standing(LeaseRow row, Instant now) {
    put(row);
    return new Standing(row.lease(), row.place(), row.left(now));
  }

  LeaseAnswer release(LeaseOp.Release op, Instant now) {
    LeaseRow row = find(op.id());
    Gone gone = gone(row, op.fencingNumber(), op.onlyOf(), now);
    if (row == null || gone != null) {
      return gone == null ? new Gone(Why.ENDED) : gone;
    }
    if (op.lastTold() != null && row.lease().expireTime().isAfter(op.lastTold())) {
      return new Gone(Why.PROLONGED, row.lease().account());
    }
    return end(row, End.RELEASED, now);
  }

  LeaseAnswer revoke(LeaseOp.Revoke op, Instant now) {
    LeaseRow row = find(op.id());
    return row == null || !row.isLive(now) ? new Gone(Why.ENDED) : end(row, End.REVOKED, now);
  }

  LeaseAnswer withdraw(LeaseOp.Withdraw op, Instant now) {
    LeaseRow row = find(op.id());
    return row == null || !row.isLive(now) ? new Gone(Why.ENDED) : end(row, End.RELEASED, now);
  }

  private LeaseAnswer end(LeaseRow row, End how, Instant now) {
    rows.put(row.place(), row.ended(how, now));
    if (!changed.contains(row.place())) {
      ended.add(row.place());
    }
    return new Ended(row.lease());
  }

  /** Why an operation may not touch a lease; null if it may. */
  private static @Nullable Gone gone(
      @Nullable LeaseRow row, long fencingNumber, @Nullable StreamId onlyOf, Instant now) {
    if (row == null) {
      return new Gone(Why.ENDED);
    }
    AccountId account = row.lease().account();
    if (row.lease().fencingNumber() != fencingNumber) {
      return new Gone(Why.OTHER_NUMBER, account);
    }
    if (onlyOf != null && !onlyOf.equals(row.stream())) {
      // whatever became of it then
      return new Gone(Why.TAKEN_OVER, account);
    }
    if (!row.isLive(now)) {
      return new Gone(row.end() == End.REVOKED ? Why.REVOKED : Why.ENDED, account);
    }
    return null;
  }

  private @Nullable LeaseRow find(LeaseId id) {
    return rows.values().stream()
        .filter(row -> row.lease().id().equals(id))
        .findFirst()
        .orElse(null);
  }

  private void put(LeaseRow row) {
    rows.put(row.place(), row);
    changed.add(row.place());
    ended.remove(row.place());
  }
}
