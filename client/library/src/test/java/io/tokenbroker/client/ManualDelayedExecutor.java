package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** Time passes when the test says so. */
final class ManualDelayedExecutor implements DelayedExecutor {
  private record Task(Duration delay, Runnable action) {}

  private final Queue<Task> tasks = new ArrayDeque<>();

  @Override
  public synchronized void run(Duration delay, Runnable task) {
    tasks.add(new Task(delay, task));
  }

  /** Runs the only task that waits and returns how long it was to wait. */
  Duration pass() {
    Task task;
    synchronized (this) {
      assertThat(tasks).hasSize(1);
      task = tasks.remove();
    }
    task.action().run();
    return task.delay();
  }

  synchronized boolean isIdle() {
    return tasks.isEmpty();
  }
}
