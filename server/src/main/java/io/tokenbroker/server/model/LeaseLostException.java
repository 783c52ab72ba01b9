package io.tokenbroker.server.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lease is no longer the caller's. */
public final class LeaseLostException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final @Nullable String lease;
  private final @Nullable String account;

  /**
   * @param account null if nothing is known of the lease
   */
  public LeaseLostException(LeaseId lease, @Nullable AccountId account) {
    super(
        "Lease %s%s has ended, or is somebody else's. Stop using its token."
            .formatted(lease, account == null ? "" : " of account " + account),
        null);
    this.lease = lease.value();
    this.account = account == null ? null : account.value();
  }

  private LeaseLostException(AccountId account) {
    super(
        "Another stream of the same holder and scope has taken over the leases of account %s."
            .formatted(account),
        null);
    this.lease = null;
    this.account = account.value();
  }

  /** For a stream whose leases another one of the same holder has taken over. */
  public static LeaseLostException takenOver(AccountId account) {
    return new LeaseLostException(account);
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (lease != null) {
      metadata.put("lease_id", lease);
    }
    if (account != null) {
      metadata.put("account", account);
    }
    return metadata;
  }
}
