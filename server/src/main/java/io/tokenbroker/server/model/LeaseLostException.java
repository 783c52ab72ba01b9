package io.tokenbroker.server.model;

import java.util.Map;

/** The lease is no longer the caller's. */
public final class LeaseLostException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String lease;

  public LeaseLostException(LeaseId lease) {
    super(
        "Lease %s has ended, or is somebody else's. Stop using its token.".formatted(lease), null);
    this.lease = lease.value();
  }

  private LeaseLostException(String message) {
    super(message, null);
    this.lease = "";
  }

  /** For a stream whose leases another one of the same holder has taken over. */
  public static LeaseLostException takenOver() {
    return new LeaseLostException(
        "Another stream of the same account, scope and holder has taken over the leases.");
  }

  @Override
  public Map<String, String> metadata() {
    return lease.isEmpty() ? Map.of() : Map.of("lease_id", lease);
  }
}
