package io.tokenbroker.server.testing;

import io.tokenbroker.server.clock.Alarm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/** An alarm that rings when a test tells it to, on the test's thread. Thread-safe. */
public final class ManualAlarm implements Alarm {
  private record Task(long at, Runnable task) {}

  private final LongSupplier ticker;
  private final PriorityQueue<Task> tasks = new PriorityQueue<>(Comparator.comparing(Task::at));
  private int rung;

  public ManualAlarm(LongSupplier ticker) {
    this.ticker = ticker;
  }

  @Override
  public synchronized void after(long delayNanos, Runnable task) {
    tasks.add(new Task(ticker.getAsLong() + delayNanos, task));
  }

  /** Runs what is due, also what becomes so by running it. */
  public void ring() {
    for (List<Runnable> due = take(); !due.isEmpty(); due = take()) {
      due.forEach(Runnable::run);
    }
  }

  private synchronized List<Runnable> take() {
    List<Runnable> due = new ArrayList<>();
    for (Task first = tasks.peek();
        first != null && first.at() <= ticker.getAsLong();
        first = tasks.peek()) {
      due.add(tasks.remove().task());
    }
    rung += due.size();
    return due;
  }

  /** How many are set. */
  public synchronized int size() {
    return tasks.size();
  }

  /** How often any rang. */
  public synchronized int rung() {
    return rung;
  }
}
