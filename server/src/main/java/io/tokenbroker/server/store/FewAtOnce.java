package io.tokenbroker.server.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts only so many tasks at once and keeps the others in order, so that however many there are,
 * they leave threads to everybody else. Thread-safe.
 */
public final class FewAtOnce {
  private final int most;
  private final int capacity;
  private final Supplier<? extends RuntimeException> full;

  @GuardedBy("this")
  private final Queue<Task<?>> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private int running;

  /**
   * @param most that may run, from 1
   * @param capacity how many others may wait
   * @param full what those beyond fail with
   */
  public FewAtOnce(int most, int capacity, Supplier<? extends RuntimeException> full) {
    this.most = most;
    this.capacity = capacity;
    this.full = full;
  }

  /**
   * Does the same with each of many; completes, never with a failure, when it has ended with all of
   * them, however it did.
   *
   * @param most how many at a time, from 1
   */
  public static <T> CompletableFuture<@Nullable Void> withEach(
      List<T> items, int most, Function<T, ? extends CompletableFuture<?>> action) {
    FewAtOnce lane = new FewAtOnce(most, items.size(), IllegalStateException::new);
    CompletableFuture<?>[] all =
        items.stream()
            .map(item -> lane.submit(() -> ended(action.apply(item))))
            .toArray(CompletableFuture<?>[]::new);
    return ended(CompletableFuture.allOf(all));
  }

  private static CompletableFuture<@Nullable Void> ended(CompletableFuture<?> future) {
    return future.handle((done, failure) -> null);
  }

  /**
   * Begins as soon as there is room.
   *
   * @param start begins it, and tells when it is over; does not throw
   */
  public <T extends @Nullable Object> CompletableFuture<T> submit(
      Supplier<CompletableFuture<T>> start) {
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
  public void abandon(Throwable failure) {
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
