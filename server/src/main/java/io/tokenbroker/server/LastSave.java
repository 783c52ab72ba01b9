package io.tokenbroker.server;

import io.tokenbroker.server.account.PositionSaver;
import io.tokenbroker.server.account.StateSaver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves all there is to save before it would be by itself. Thread-safe. */
record LastSave(PositionSaver positions, StateSaver states) {
  private static final Logger log = LoggerFactory.getLogger(LastSave.class);

  /** Tells, never with a failure, whether all of it is saved. */
  CompletableFuture<Boolean> soon() {
    return positions.save().thenCombine(states.save(), (one, other) -> one && other);
  }

  /** When nothing moves it any more; blocks for so long at the most. */
  void last(Duration grace) throws InterruptedException {
    CompletableFuture<Boolean> all =
        positions.save().thenCombine(states.saveLast(), (one, other) -> one && other);
    try {
      boolean saved = all.get(grace.toNanos(), TimeUnit.NANOSECONDS);
      if (!saved) {
        log.warn("the last positions and states could not be saved");
      }
    } catch (ExecutionException | TimeoutException e) {
      log.warn("the last positions and states could not be saved", e);
    }
  }
}
