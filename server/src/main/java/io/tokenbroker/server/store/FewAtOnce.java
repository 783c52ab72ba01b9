package io.tokenbroker.server.store;

import io.tokenbroker.server.model.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts only so many tasks at once and keeps the others in order, so that however many there are,
 * they leave threads to everybody else. Thread-safe.
 */
final class FewAtOnce {
  private final int most;
  private final int capacity;
  private final Supplier<StoreUnavailableException> full;

  // guarded by this
  private final Queue<Task<?>> waiting = new ArrayDeque<>();
  private int running;

  /**
   * @param most that may run, from 1
   * @param capacity how many others may wait
   */
  FewAtOnce(int most, int capacity, Supplier<StoreUnavailableException> full) {
    this.most = most;
    this.capacity = capacity;
    this.full = full;
  }

  /**
   * @param start begins it, and tells when it is over
   */
  <T extends @Nullable Object> CompletableFuture<T> submit(Supplier<CompletableFuture<T>> start) {
    Task<T> task = new Task<>(start, new CompletableFuture<>());
    synchronized (this) {
      if (running == most) {
        if (waiting.size() == capacity) {
          return CompletableFuture.failedFuture(full.get());
        }
        waiting.add(task);
        return task.result;
      }
      running++;
    }
    begin(task);
    return task.result;
  }

  /** Fails those that wait. */
  void abandon(RuntimeException failure) {
    List<Task<?>> left;
    synchronized (this) {
      left = List.copyOf(waiting);
      waiting.clear();
    }
    left.forEach(task -> task.result.completeExceptionally(failure));
  }

  /** A loop, for those that fail at once, as all do while the store is out of reach. */
  private void begin(@Nullable Task<?> first) {
    Task<?> task = first;
    while (task != null && task.isOverAtOnce(this)) {
      task = next();
    }
  }

  private synchronized @Nullable Task<?> next() {
    Task<?> task = waiting.poll();
    if (task == null) {
      running--;
    }
    return task;
  }

  private record Task<T extends @Nullable Object>(
      Supplier<CompletableFuture<T>> start, CompletableFuture<T> result) {

    boolean isOverAtOnce(FewAtOnce lane) {
      CompletableFuture<T> running = start.get();
      if (running.isDone()) {
        running.whenComplete(this::settle);
        return true;
      }
      running.whenComplete(
          (value, failure) -> {
            lane.begin(lane.next());
            settle(value, failure);
          });
      return false;
    }

    private void settle(T value, @Nullable Throwable failure) {
      if (failure == null) {
        result.complete(value);
      } else {
        result.completeExceptionally(failure);
      }
    }
  }
}
