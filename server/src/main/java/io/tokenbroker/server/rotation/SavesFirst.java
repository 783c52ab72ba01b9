package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** How what was done by a {@link Right#savesFirst right} is saved before anybody hears of it. */
final class SavesFirst {
  /** How often it is tried. */
  private static final int TRIES = 3;

  private static final Duration RETRY_AFTER = Duration.ofMillis(250);

  private SavesFirst() {}

  /**
   * Tells, never with a failure, whether all that was done until now is saved, and the right is
   * still there.
   */
  static CompletableFuture<Boolean> save(Right right) {
    return save(right, TRIES);
  }

  /** What another account could not be saved for is no reason to fail: it is tried again. */
  private static CompletableFuture<Boolean> save(Right right, int tries) {
    return right
        .save()
        .thenCompose(
            done ->
                done || right.isOver() || tries == 1
                    ? CompletableFuture.completedFuture(done && !right.isOver())
                    : save(right, tries - 1));
  }

  static BrokerException failure(String what) {
    return BrokerException.storeUnavailable(
        what + " can't be saved at present. Try again.", RETRY_AFTER, null);
  }
}
