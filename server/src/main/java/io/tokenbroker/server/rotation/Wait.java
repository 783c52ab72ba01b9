package io.tokenbroker.server.rotation;

import java.time.Duration;

/**
 * What a call does while no token is ready. A call that waits is cancelled by cancelling its
 * future.
 *
 * @param patience how long it waits; 0 if it fails at once
 * @param caller in whose queue it waits; empty where nobody is asked who calls
 */
public record Wait(Duration patience, String caller) {
  public static final Wait NO = new Wait(Duration.ZERO);

  /** For as long as it takes: 100 years. */
  public static final Wait FOREVER = new Wait(Duration.ofDays(36_500));

  public Wait(Duration patience) {
    this(patience, "");
  }

  /** For so long, in a caller's queue. */
  public static Wait of(Duration patience, String caller) {
    return patience.isZero() ? NO : new Wait(patience, caller);
  }

  boolean isNo() {
    return patience.isNegative() || patience.isZero();
  }
}
