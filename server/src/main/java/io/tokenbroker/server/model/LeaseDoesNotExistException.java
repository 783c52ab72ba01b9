package io.tokenbroker.server.model;

import java.util.Map;

/** There is no lease of this id. */
public final class LeaseDoesNotExistException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String lease;

  public LeaseDoesNotExistException(LeaseId lease) {
    super("There is no lease " + lease + ".", null);
    this.lease = lease.value();
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("lease_id", lease);
  }
}
