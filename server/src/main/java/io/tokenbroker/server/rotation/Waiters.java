package io.tokenbroker.server.rotation;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for the same: the callers in turn, and those of one caller in the order of their
 * arrival. Any may leave in O(1). Guarded by the stripe of its account.
 */
final class Waiters {
  /** The calls of one caller, and its place in the round. */
  static final class CallerQueue {
    final WaitingCaller caller;
    private @Nullable Waiter<?> first;
    private @Nullable Waiter<?> last;
    private CallerQueue before = this;
    private CallerQueue behind = this;

    /** In which look it was begun with; where that look is. */
    private long look;

    private @Nullable Waiter<?> untried;

    CallerQueue(WaitingCaller caller) {
      this.caller = caller;
    }
  }

  private final Map<String, CallerQueue> queues = new HashMap<>(2);

  /** Whose turn it is; null if nobody waits. */
  private @Nullable CallerQueue turn;

  private int size;

  // the look at all of them that goes on
  private long look;
  private @Nullable CallerQueue at;
  private int inVain;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** How many callers wait. */
  int callers() {
    return queues.size();
  }

  /** When the one came who waits the longest; {@link Long#MAX_VALUE} if nobody waits. */
  long sinceNanos() {
    long since = Long.MAX_VALUE;
    for (CallerQueue queue : queues.values()) {
      since = queue.first == null ? since : Math.min(since, queue.first.sinceNanos);
    }
    return since;
  }

  @Nullable Waiter<?> first() {
    return turn == null ? null : turn.first;
  }

  void add(Waiter<?> waiter, WaitingCaller caller) {
    CallerQueue queue = queues.get(caller.name);
    if (queue == null) {
      queue = new CallerQueue(caller);
      queues.put(caller.name, queue);
      join(queue);
    }
    waiter.waiters = this;
    waiter.callerQueue = queue;
    waiter.before = queue.last;
    if (queue.last == null) {
      queue.first = waiter;
    } else {
      queue.last.behind = waiter;
    }
    queue.last = waiter;
    size++;
  }

  /** As the last one of the round. */
  private void join(CallerQueue queue) {
    if (turn == null) {
      turn = queue;
      return;
    }
    queue.before = turn.before;
    queue.behind = turn;
    turn.before.behind = queue;
    turn.before = queue;
  }

  void remove(Waiter<?> waiter) {
    CallerQueue queue = waiter.callerQueue;
    if (queue == null) {
      return;
    }
    if (waiter.before == null) {
      queue.first = waiter.behind;
    } else {
      waiter.before.behind = waiter.behind;
    }
    if (waiter.behind == null) {
      queue.last = waiter.before;
    } else {
      waiter.behind.before = waiter.before;
    }
    size--;
    waiter.waiters = null;
    waiter.callerQueue = null;
    waiter.before = null;
    waiter.behind = null;
    if (queue.first == null) {
      leave(queue);
    }
  }

  private void leave(CallerQueue queue) {
    queues.remove(queue.caller.name);
    CallerQueue next = queue.behind == queue ? null : queue.behind;
    if (turn == queue) {
      turn = next;
    }
    queue.before.behind = queue.behind;
    queue.behind.before = queue.before;
  }

  /** Begins to look at each once. */
  void look() {
    look++;
    at = turn;
    inVain = 0;
  }

  /** Whose turn it is in this look; null at its end. Nobody may leave but by {@link #serve}. */
  @Nullable WaitingCaller next() {
    return at == null || inVain >= queues.size() ? null : at.caller;
  }

  /**
   * Serves the first call of the {@link #next} caller that takes what there is, whereby its turn is
   * over.
   *
   * @param more whether there is anything
   * @param take serves a call, which leaves by that; tells whether it took anything
   */
  void serve(BooleanSupplier more, Predicate<Waiter<?>> take) {
    CallerQueue queue = at;
    if (queue == null) {
      return;
    }
    if (queue.look != look) {
      queue.look = look;
      queue.untried = queue.first;
    }
    CallerQueue behind = queue.behind;
    boolean taken = false;
    while (queue.untried != null && !taken && more.getAsBoolean()) {
      Waiter<?> waiter = queue.untried;
      queue.untried = waiter.behind;
      taken = take.test(waiter);
    }
    if (taken) {
      inVain = 0;
      turn = queues.isEmpty() ? null : behind;
      at = turn;
    } else {
      inVain++;
      at = behind;
    }
  }
}
