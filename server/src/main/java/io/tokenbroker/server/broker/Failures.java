package io.tokenbroker.server.broker;

import java.util.concurrent.CompletionException;

/** What a failed future failed with. */
public final class Failures {
  private Failures() {}

  /** Takes off the wrapper that dependent stages put around a failure. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    return cause == null ? failure : cause;
  }
}
