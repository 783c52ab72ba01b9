package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Map;

/** What was asked for must be written down, and can't be. */
public final class AuditUnavailableException extends BrokerException {
  private static final long serialVersionUID = 1;

  /** Room is made by people. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  public AuditUnavailableException(String message) {
    super(message, null);
  }

  public Duration retryAfter() {
    return RETRY_AFTER;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }
}
