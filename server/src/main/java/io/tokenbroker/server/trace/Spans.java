package io.tokenbroker.server.trace;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Has those who trace calls know of what takes its time in them. Thread-safe. */
@FunctionalInterface
public interface Spans {
  /** Where nobody traces calls. */
  Spans NONE = name -> Part.NONE;

  /**
   * Begins a part of the call that this thread works on; of none, nobody is told.
   *
   * @param name the same for all of a kind
   */
  Part begin(String name);

  /** The same until a future is done; gives it back as it is. */
  default <T> CompletableFuture<T> during(String name, CompletableFuture<T> future) {
    if (!future.isDone()) {
      Part part = begin(name);
      if (part != Part.NONE) {
        future.whenComplete((value, failure) -> part.end(failure));
      }
    }
    return future;
  }

  /** What has begun; to be ended once, by any thread. */
  @FunctionalInterface
  interface Part {
    Part NONE = failure -> {};

    /**
     * @param failure null if it went well
     */
    void end(@Nullable Throwable failure);
  }
}
