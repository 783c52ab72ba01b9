package io.tokenbroker.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.Report;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A token that the caller has for itself until it releases it or the lease ends. Thread-safe.
 * Nothing renews it but {@link #renew} or a {@link LeaseKeeper}.
 */
public final class TokenLease implements AutoCloseable {
  private enum State {
    HELD,
    LOST,
    RELEASED
  }

  private final TokenBrokerClient broker;
  private final SameBroker granting;
  private final Lease lease;
  private final LongSupplier ticker;

  @GuardedBy("this")
  private Duration ttl;

  @GuardedBy("this")
  private long sureUntil;

  @GuardedBy("this")
  private State state = State.HELD;

  /**
   * @param begunNanos no later than the grant
   */
  TokenLease(
      TokenBrokerClient broker,
      SameBroker granting,
      Lease lease,
      LongSupplier ticker,
      long begunNanos) {
    this.broker = broker;
    this.granting = granting;
    this.lease = lease;
    this.ticker = ticker;
    this.ttl = LeaseTimes.ttl(lease);
    this.sureUntil = LeaseTimes.sureUntil(begunNanos, ttl);
  }

  /** Whoever has it and the fencing number may renew and release the lease. */
  public String id() {
    return lease.getLeaseId();
  }

  public String account() {
    return lease.getAccount();
  }

  public String tokenId() {
    return lease.getTokenId();
  }

  /** The token itself. Never log it. */
  public String secret() {
    return lease.getSecret();
  }

  /** Grows with every grant of the token; unsigned. */
  public long fencingNumber() {
    return lease.getFencingNumber();
  }

  /** As it was granted; its {@code toString} prints the secret. */
  public Lease message() {
    return lease;
  }

  /** How long the lease lasts from its grant or newest renewal on. */
  public synchronized Duration ttl() {
    return ttl;
  }

  /**
   * Whether the token is surely the caller's, by the monotonic time of this process and with a
   * margin of a tenth of the TTL, at most 1 s. Asks nobody.
   */
  public boolean isHeld() {
    return sureFor().compareTo(Duration.ZERO) > 0;
  }

  /** Prolongs the lease by as long as before. Blocks. See {@link #renew(Duration)}. */
  public void renew() {
    renewFor(null);
  }

  /**
   * Prolongs the lease. Blocks for at most the deadline.
   *
   * @param newTtl how long it lasts from now on
   * @throws StatusRuntimeException ABORTED if the lease is lost: stop using the token. After any
   *     other, it holds as long as before
   */
  public void renew(Duration newTtl) {
    renewFor(newTtl);
  }

  /** Gives the token back. Blocks for at most the deadline. */
  public boolean release() {
    return release(null);
  }

  /**
   * Gives the token back, and tells what became of it. Blocks for at most the deadline. After a
   * failure the lease ends with its TTL, or with another release.
   *
   * @return false if the lease had ended before: the report was not taken
   * @throws StatusRuntimeException ABORTED if the token has been granted anew
   */
  public boolean release(@Nullable Report report) {
    ReleaseLeaseRequest.Builder request =
        ReleaseLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber());
    if (report != null) {
      request.setReport(report);
    }
    synchronized (this) {
      state = State.RELEASED; // also if the call fails: the caller is done with it
    }
    return !routed(broker.stub()).releaseLease(request.build()).getAlreadyEnded();
  }

  /** Releases the lease if that was not done yet. Never throws: at worst it ends with its TTL. */
  @Override
  public void close() {
    synchronized (this) {
      if (state != State.HELD) {
        return;
      }
    }
    try {
      release(null);
    } catch (StatusRuntimeException e) {
      // it ends by itself
    }
  }

  @Override
  public String toString() {
    return "TokenLease[" + lease.getLeaseId() + " of token " + lease.getTokenId() + "]";
  }

  /** Zero or less if it is not held any more. */
  synchronized Duration sureFor() {
    return state == State.HELD ? Duration.ofNanos(sureUntil - ticker.getAsLong()) : Duration.ZERO;
  }

  synchronized boolean isReleased() {
    return state == State.RELEASED;
  }

  /**
   * @return false if it was released or lost before
   */
  synchronized boolean lose() {
    boolean held = state == State.HELD;
    state = held ? State.LOST : state;
    return held;
  }

  /** Not before the time-out if it is cut short by that. */
  CompletableFuture<Boolean> renewAsync(Duration timeout) {
    long begun = ticker.getAsLong();
    return broker
        .renewLeaseAsync(this, request(null), timeout)
        .thenApply(
            done -> {
              renewed(begun, null);
              return true;
            });
  }

  private void renewFor(@Nullable Duration newTtl) {
    long begun = ticker.getAsLong();
    try {
      var unused = routed(broker.stub()).renewLease(request(newTtl));
    } catch (StatusRuntimeException e) {
      if (isLost(e)) {
        lose();
      }
      throw e;
    }
    renewed(begun, newTtl);
  }

  /** For calls to the broker that granted it, or else to that of its account. */
  <S extends AbstractStub<S>> S routed(S stub) {
    return stub.withOption(Routing.ACCOUNT, lease.getAccount())
        .withOption(Routing.SAME_BROKER, granting);
  }

  static boolean isLost(Throwable error) {
    Status.Code code = Status.fromThrowable(error).getCode();
    return code == Status.Code.ABORTED || code == Status.Code.NOT_FOUND;
  }

  private synchronized void renewed(long begun, @Nullable Duration newTtl) {
    ttl = newTtl == null ? ttl : newTtl;
    long until = LeaseTimes.sureUntil(begun, ttl);
    // of two renewals at once, the later one counts, unless it made the lease shorter
    sureUntil = newTtl == null ? Math.max(sureUntil, until) : until;
  }

  private RenewLeaseRequest request(@Nullable Duration newTtl) {
    RenewLeaseRequest.Builder request =
        RenewLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber());
    if (newTtl != null) {
      request.setTtl(Messages.duration(newTtl));
    }
    return request.build();
  }
}
