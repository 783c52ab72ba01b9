package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.Lease;
import java.time.Duration;
import java.time.Instant;

/** A lease as the database has it, ended or not. */
public record LeaseRow(int place, Lease lease, StreamId stream, End end) {
  /** Whether it was ended before its time. */
  public enum End {
    NONE,
    RELEASED,
    REVOKED
  }

  /** Whether the lease holds at a time of the database's clock. */
  public boolean isLive(Instant now) {
    return end == End.NONE && lease.expireTime().isAfter(now);
  }

  /**
   * Whether a stream on another broker may not have heard yet that the lease was revoked: its next
   * renewal comes within the TTL.
   */
  boolean isStillToBeHeardOf(Instant now) {
    return end == End.REVOKED
        && !stream.isNone()
        && lease.expireTime().plus(lease.ttl()).isAfter(now);
  }

  /** How long it still holds; zero if it has ended. */
  public Duration left(Instant now) {
    return isLive(now) ? Duration.between(now, lease.expireTime()) : Duration.ZERO;
  }

  LeaseRow ended(End how, Instant now) {
    Instant end = lease.expireTime().isBefore(now) ? lease.expireTime() : now;
    return new LeaseRow(place, lease.withTtl(lease.ttl(), end), stream, how);
  }
}
