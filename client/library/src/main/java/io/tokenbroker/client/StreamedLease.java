package io.tokenbroker.client;

import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.Report;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A token that the caller has for itself, from a {@link LeaseStream}: the broker renews it for as
 * long as the stream lives. Thread-safe.
 */
public final class StreamedLease extends HeldToken {
  private final LeaseStream stream;
  private final LongSupplier ticker;

  // written under the lock of HeldLeases
  private volatile long sureUntil;
  private volatile boolean over;
  private volatile long expireNanos;
  boolean taken;
  boolean confirmed = true;

  /**
   * @param begunNanos when the grant was heard of
   */
  StreamedLease(
      LeaseStream stream, Lease lease, Duration ttl, LongSupplier ticker, long begunNanos) {
    super(lease);
    this.stream = stream;
    this.ticker = ticker;
    this.sureUntil = LeaseTimes.sureUntil(begunNanos, ttl);
    this.expireNanos = nanos(lease);
  }

  @Override
  public boolean isHeld() {
    return !over && sureUntil - ticker.getAsLong() > 0;
  }

  /** Gives the token back, and with that makes room for the next. See {@link #release(Report)}. */
  public void release() {
    stream.release(this, null);
  }

  /**
   * Gives the token back, and tells what became of it. Neither waits nor fails: while the broker is
   * away, the stream tries again. Nothing happens if the lease was released or lost before.
   */
  public void release(Report report) {
    stream.release(this, report);
  }

  /** Releases the lease if that was not done yet. */
  @Override
  public void close() {
    release();
  }

  /** By the monotonic time of this process. */
  long sureUntil() {
    return sureUntil;
  }

  /**
   * An event may have been long on its way. So the end moves no further than the database says.
   *
   * @param renewed the same lease with a new end
   */
  void prolong(Lease renewed, Duration ttl, long now) {
    long expires = nanos(renewed);
    long moved = sureUntil + (expires - expireNanos);
    sureUntil = Math.min(moved, LeaseTimes.sureUntil(now, ttl));
    expireNanos = expires;
  }

  void end() {
    over = true;
  }

  private static long nanos(Lease lease) {
    return lease.getExpireTime().getSeconds() * 1_000_000_000 + lease.getExpireTime().getNanos();
  }
}
