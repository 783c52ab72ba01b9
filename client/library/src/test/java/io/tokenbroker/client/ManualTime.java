package io.tokenbroker.client;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.LongSupplier;

/** A clock and what is due by it; time passes when the test says so. */
final class ManualTime implements DelayedExecutor, LongSupplier {
  private record Task(long due, long number, Runnable action) {}

  private final Queue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
  private long nanos = 7;
  private long numbers;

  @Override
  public synchronized void run(Duration delay, Runnable task) {
    tasks.add(new Task(nanos + delay.toNanos(), numbers++, task));
  }

  @Override
  public synchronized long getAsLong() {
    return nanos;
  }

  /** Runs what becomes due, at its time. */
  void pass(Duration time) {
    long end = getAsLong() + time.toNanos();
    for (Task task = dueBy(end); task != null; task = dueBy(end)) {
      task.action().run();
    }
    jump(end);
  }

  /** As when the process was stopped: what became due comes late, all at once. */
  void passUnnoticed(Duration time) {
    jump(getAsLong() + time.toNanos());
  }

  private synchronized @org.jspecify.annotations.Nullable Task dueBy(long end) {
    Task next = tasks.peek();
    if (next == null || next.due() > end) {
      return null;
    }
    nanos = Math.max(nanos, next.due());
    return tasks.remove();
  }

  private synchronized void jump(long to) {
    nanos = Math.max(nanos, to);
  }
}
