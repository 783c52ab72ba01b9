package io.tokenbroker.server.model;

import java.util.Map;

/** The tokens are kept in a table of somebody else, which the broker only reads. */
public final class StoreReadOnlyException extends BrokerException {
  private static final long serialVersionUID = 1;

  public StoreReadOnlyException() {
    super(
        "The tokens come from an existing table (credentials.query), which the broker only reads."
            + " Change them there.",
        null);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }
}
