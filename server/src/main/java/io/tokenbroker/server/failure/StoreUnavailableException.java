package io.tokenbroker.server.failure;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The database can't be reached, or has too much to do, and the answer is not in memory. */
public final class StoreUnavailableException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final Duration retryAfter;

  public StoreUnavailableException(String message, Duration retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  public Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }
}
