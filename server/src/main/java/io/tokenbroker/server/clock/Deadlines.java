package io.tokenbroker.server.clock;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
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
  private final TimerHeap<Pending> heap = new TimerHeap<>();

  /** What waits for its time. */
  public final class Pending extends Timer {
    private final Runnable task;

    private Pending(Runnable task) {
      this.task = task;
    }

    /** Forgets the task, unless its time has come: then it may run yet. */
    public void cancel() {
      synchronized (Deadlines.this) {
        heap.remove(this);
      }
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
  @CanIgnoreReturnValue
  public Pending at(long time, Runnable task) {
    Pending pending = new Pending(task);
    synchronized (this) {
      heap.put(pending, time - start);
    }
    return pending;
  }

  /**
   * Runs what is due, without a lock, but no more than so many tasks.
   *
   * @return whether more are due
   */
  public boolean run(int max) {
    long now = ticker.getAsLong() - start;
    List<Pending> due = new ArrayList<>();
    boolean more;
    synchronized (this) {
      Pending first = heap.due(now);
      while (first != null && due.size() < max) {
        heap.remove(first);
        due.add(first);
        first = heap.due(now);
      }
      more = first != null;
    }
    due.forEach(pending -> pending.task.run());
    return more;
  }

  /** How many wait for their time. */
  public int size() {
    synchronized (this) {
      return heap.size();
    }
  }
}
