package io.tokenbroker.server.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/**
 * What is to be done at a time, in a heap: O(log n) each, no thread and no timer per deadline, and
 * a bounded number at a time however many are due together. Thread-safe.
 */
public final class Deadlines {
  private final LongSupplier ticker;

  // guarded by heap itself; compared by difference, as nanoTime may pass Long.MAX_VALUE
  private final PriorityQueue<Deadline> heap =
      new PriorityQueue<>((a, b) -> Long.signum(a.time - b.time));

  private record Deadline(long time, Runnable action) {}

  /**
   * @param ticker monotonic nanoseconds
   */
  public Deadlines(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /** Runs an action once its time has come, by the ticker; it must be short and not block. */
  public void at(long time, Runnable action) {
    synchronized (heap) {
      heap.add(new Deadline(time, action));
    }
  }

  /**
   * Runs what is due, without a lock, but no more than so many actions.
   *
   * @return whether more are due
   */
  public boolean run(int max) {
    long now = ticker.getAsLong();
    List<Deadline> due = new ArrayList<>();
    boolean more;
    synchronized (heap) {
      while (due.size() < max && isDue(now)) {
        due.add(heap.remove());
      }
      more = isDue(now);
    }
    due.forEach(deadline -> deadline.action.run());
    return more;
  }

  /** How many wait for their time. */
  public int size() {
    synchronized (heap) {
      return heap.size();
    }
  }

  private boolean isDue(long now) {
    Deadline first = heap.peek();
    return first != null && first.time - now <= 0;
  }
}
