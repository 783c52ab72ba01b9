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

  public static FailureReason reasonOf(Throwable failure) {
    return cause(failure) instanceof BrokerException known
        ? known.reason()
        : FailureReason.INTERNAL;
  }

  public static boolean is(FailureReason reason, Throwable failure) {
    return reasonOf(failure) == reason;
  }

  /** Whether nothing could be asked of the store, rather than this one thing. */
  public static boolean isOutage(Throwable failure) {
    return cause(failure) instanceof BrokerException known && known.isOutage();
  }

  /** For the log: of the store's failures what the database or its driver said. */
  public static String text(Throwable failure) {
    Throwable cause = cause(failure);
    if (!is(FailureReason.STORE_UNAVAILABLE, cause)) {
      return cause.toString();
    }
    Throwable origin = cause.getCause();
    return String.valueOf((origin == null ? cause : origin).getMessage());
  }
}
