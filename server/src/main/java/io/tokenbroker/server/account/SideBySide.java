package io.tokenbroker.server.account;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Does the same with many, some of them at a time; each ends as the one before it makes room. */
final class SideBySide<T> {
  private final Iterator<T> left;
  private final Function<T, ? extends CompletableFuture<?>> action;
  private final AtomicInteger running;
  private final CompletableFuture<@Nullable Void> all = new CompletableFuture<>();

  private SideBySide(List<T> items, int width, Function<T, ? extends CompletableFuture<?>> action) {
    this.left = items.iterator();
    this.action = action;
    this.running = new AtomicInteger(width);
  }

  /**
   * Completes, never with a failure, when the action has ended with all items, however it did.
   *
   * @param width how many at a time, from 1
   */
  static <T> CompletableFuture<@Nullable Void> run(
      List<T> items, int width, Function<T, ? extends CompletableFuture<?>> action) {
    SideBySide<T> run = new SideBySide<>(items, width, action);
    for (int i = 0; i < width; i++) {
      run.proceed();
    }
    return run.all;
  }

  /** A loop for what has ended at once: thousands of items must not be as deep a stack. */
  private void proceed() {
    for (T item = next(); item != null; item = next()) {
      CompletableFuture<?> end = action.apply(item);
      if (!end.isDone()) {
        end.whenComplete((done, failure) -> proceed());
        return;
      }
    }
    if (running.decrementAndGet() == 0) {
      all.complete(null);
    }
  }

  private synchronized @Nullable T next() {
    return left.hasNext() ? left.next() : null;
  }
}
