package io.tokenbroker.server.clock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What is to be done at a time, in a heap: O(log n) each, no thread and no timer per deadline, and
 * a bounded number at a time however many are due together. Thread-safe.
 */
public final class Deadlines {
  private final LongSupplier ticker;

  /** Times in the heap count from here, as the ticker may pass {@link Long#MAX_VALUE}. */
  private final long start;

  @GuardedBy("this")
  private final TimerHeap<Action> heap = new TimerHeap<>();

  private static final class Action extends Timer {
    final Runnable task;

    Action(Runnable task) {
      this.task = task;
    }
  }

  /**
   * @param ticker monotonic nanoseconds
   */
  public Deadlines(LongSupplier ticker) {
    this.ticker = ticker;
    this.start = ticker.getAsLong();
  }

  /** Runs a task once its time has come, by the ticker; it must be short and not block. */
  public void at(long time, Runnable task) {
    synchronized (this) {
      heap.put(new Action(task), time - start);
    }
  }

  /**
   * Runs what is due, without a lock, but no more than so many tasks.
   *
   * @return whether more are due
   */
  public boolean run(int max) {
    long now = ticker.getAsLong() - start;
    List<Action> due = new ArrayList<>();
    boolean more;
    synchronized (this) {
      Action first = heap.due(now);
      while (first != null && due.size() < max) {
        heap.remove(first);
        due.add(first);
        first = heap.due(now);
      }
      more = first != null;
    }
    due.forEach(action -> action.task.run());
    return more;
  }

  /** How many wait for their time. */
  public int size() {
    synchronized (this) {
      return heap.size();
    }
  }
}
