package io.tokenbroker.server.model;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A result that many wait for and hear of in the order in which they came, also those who come
 * while it is told: of the dependents of one {@link CompletableFuture} the last to come hears
 * first. Thread-safe; nobody is told under a lock.
 */
public final class FifoFuture<T> {
  private final CompletableFuture<T> result = new CompletableFuture<>();

  @GuardedBy("this")
  private final Queue<CompletableFuture<T>> waiting = new ArrayDeque<>(1);

  @GuardedBy("this")
  private boolean told;

  /** For one who waits; may be cancelled, but by nobody completed. */
  public synchronized CompletableFuture<T> join() {
    if (told) {
      return result.copy();
    }
    CompletableFuture<T> one = new CompletableFuture<>();
    waiting.add(one);
    return one;
  }

  /** To be called once, as {@link CompletableFuture#whenComplete} does. */
  public void complete(@Nullable T value, @Nullable Throwable failure) {
    complete(result, value, failure);
    for (CompletableFuture<T> one = next(); one != null; one = next()) {
      complete(one, value, failure);
    }
  }

  @SuppressWarnings("NullAway") // a value may be null
  private void complete(CompletableFuture<T> one, @Nullable T value, @Nullable Throwable failure) {
    boolean unused = failure == null ? one.complete(value) : one.completeExceptionally(failure);
  }

  private synchronized @Nullable CompletableFuture<T> next() {
    told = waiting.isEmpty();
    return waiting.poll();
  }
}
