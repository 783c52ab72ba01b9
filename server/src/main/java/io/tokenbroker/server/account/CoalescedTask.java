package io.tokenbroker.server.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves one after the other, or older state could overwrite newer. Whoever asks while one runs gets
 * the next, however many ask. Thread-safe.
 */
final class CoalescedTask {
  private static final Logger log = LoggerFactory.getLogger(CoalescedTask.class);

  private final Supplier<CompletableFuture<Boolean>> save;

  @GuardedBy("this")
  private boolean running;

  /** The save that begins when the running one has ended. */
  @GuardedBy("this")
  private @Nullable CompletableFuture<Boolean> waiting;

  /**
   * @param save tells whether all is saved; may fail, and throw
   */
  CoalescedTask(Supplier<CompletableFuture<Boolean>> save) {
    this.save = save;
  }

  /** Tells, never with a failure, whether all that there was at this call is saved. */
  CompletableFuture<Boolean> next() {
    CompletableFuture<Boolean> saved;
    synchronized (this) {
      if (waiting != null) {
        return waiting;
      }
      saved = new CompletableFuture<>();
      if (running) {
        waiting = saved;
        return saved;
      }
      running = true;
    }
    run(saved);
    return saved;
  }

  private void run(CompletableFuture<Boolean> saved) {
    begin()
        .whenComplete(
            (all, failure) -> {
              if (failure != null) {
                log.atError().setCause(failure).log("state not saved yet");
              }
              CompletableFuture<Boolean> next;
              synchronized (this) {
                next = waiting;
                waiting = null;
                running = next != null;
              }
              if (next != null) {
                run(next);
              }
              saved.complete(failure == null && all);
            });
  }

  private CompletableFuture<Boolean> begin() {
    try {
      return save.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
