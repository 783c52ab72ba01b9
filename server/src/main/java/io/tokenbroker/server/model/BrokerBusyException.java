package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Map;

/** The broker has no memory left for this call; it has for others. */
public final class BrokerBusyException extends BrokerException {
  private static final long serialVersionUID = 1;

  /** Long enough for a database to take what is in the way. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(250);

  private final String limit;

  /**
   * @param limit the configuration key of the bound that was reached
   */
  public BrokerBusyException(String message, String limit) {
    super(message, null);
    this.limit = limit;
  }

  public Duration retryAfter() {
    return RETRY_AFTER;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("limit", limit);
  }
}
