package io.tokenbroker.client;

import io.tokenbroker.v1.Lease;

/**
 * A token that the caller has for itself, by a lease that it asked for or that a stream brought.
 * Thread-safe.
 */
public abstract sealed class HeldToken implements AutoCloseable permits TokenLease, StreamedLease {
  final Lease lease;

  HeldToken(Lease lease) {
    this.lease = lease;
  }

  /** Whoever has it and the fencing number may renew and release the lease. */
  public final String id() {
    return lease.getLeaseId();
  }

  public final String account() {
    return lease.getAccount();
  }

  public final String tokenId() {
    return lease.getTokenId();
  }

  /** The token itself. Never log it. */
  public final String secret() {
    return lease.getSecret();
  }

  /** Grows with every grant of the token; unsigned. */
  public final long fencingNumber() {
    return lease.getFencingNumber();
  }

  /** As it was granted; its {@code toString} prints the secret. */
  public final Lease message() {
    return lease;
  }

  /**
   * Whether the token is surely the caller's, by the monotonic time of this process and with a
   * margin of a tenth of the TTL, at most 1 s. Asks nobody.
   */
  public abstract boolean isHeld();

  /** Gives the token back if that was not done yet. Never throws: at worst the lease ends. */
  @Override
  public abstract void close();

  @Override
  public final String toString() {
    return "%s[%s of token %s]"
        .formatted(getClass().getSimpleName(), lease.getLeaseId(), lease.getTokenId());
  }
}
