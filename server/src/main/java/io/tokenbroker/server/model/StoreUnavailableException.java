package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The database can't be reached, or has too much to do, and the answer is not in memory. */
public final class StoreUnavailableException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final Duration retryAfter;
  private final boolean answered;
  private final boolean unsettled;

  public StoreUnavailableException(String message, Duration retryAfter, @Nullable Throwable cause) {
    this(message, retryAfter, false, false, cause);
  }

  private StoreUnavailableException(
      String message,
      Duration retryAfter,
      boolean answered,
      boolean unsettled,
      @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
    this.answered = answered;
    this.unsettled = unsettled;
  }

  /** The database was reached, but can't do this one thing now; others may fare better. */
  public static StoreUnavailableException answered(
      String message, Duration retryAfter, @Nullable Throwable cause) {
    return new StoreUnavailableException(message, retryAfter, true, false, cause);
  }

  /** The same, of a commit whose answer was lost. */
  public StoreUnavailableException ofCommit() {
    return new StoreUnavailableException(
        String.valueOf(getMessage()), retryAfter, answered, true, getCause());
  }

  /** What the database or its driver said, for the log; the message if they said nothing. */
  public String reason() {
    Throwable cause = getCause();
    return String.valueOf(cause == null ? getMessage() : cause.getMessage());
  }

  /** Whether the database was reached. */
  public boolean answered() {
    return answered;
  }

  /** Whether what was asked may stand all the same. */
  public boolean unsettled() {
    return unsettled;
  }

  public Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }
}
