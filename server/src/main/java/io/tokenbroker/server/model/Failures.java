package io.tokenbroker.server.model;

import java.util.concurrent.CompletionException;

/** What a failed future failed with. */
public final class Failures {
  private Failures() {}

  /** Takes off the wrapper that dependent stages put around a failure. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    return cause == null ? failure : cause;
  }

  /** Whether nothing could be asked of the store, rather than this one thing. */
  public static boolean isOutage(Throwable failure) {
    return cause(failure) instanceof StoreUnavailableException store && !store.answered();
  }

  /** For the log. */
  public static String reason(Throwable failure) {
    Throwable cause = cause(failure);
    return cause instanceof StoreUnavailableException store ? store.reason() : cause.toString();
  }
}
