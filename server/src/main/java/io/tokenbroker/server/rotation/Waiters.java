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
  static final class Line {
    final WaitingCaller caller;
    private @Nullable Waiter<?> first;
    private @Nullable Waiter<?> last;
    private Line before = this;
    private Line behind = this;

    /** In which look it was begun with; where that look is. */
    private long look;

    private @Nullable Waiter<?> untried;

    Line(WaitingCaller caller) {
      this.caller = caller;
    }
  }

  private final Map<String, Line> lines = new HashMap<>(2);

  /** Whose turn it is; null if nobody waits. */
  private @Nullable Line turn;

  private int size;

  // the look at all of them that goes on
  private long look;
  private @Nullable Line at;
  private int inVain;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** How many callers wait. */
  int callers() {
    return lines.size();
  }

  /** When the one came who waits the longest; {@link Long#MAX_VALUE} if nobody waits. */
  long sinceNanos() {
    long since = Long.MAX_VALUE;
    for (Line line : lines.values()) {
      since = line.first == null ? since : Math.min(since, line.first.sinceNanos);
    }
    return since;
  }

  @Nullable Waiter<?> first() {
    return turn == null ? null : turn.first;
  }

  void add(Waiter<?> waiter, WaitingCaller caller) {
    Line line = lines.get(caller.name);
    if (line == null) {
      line = new Line(caller);
      lines.put(caller.name, line);
      join(line);
    }
    waiter.queue = this;
    waiter.line = line;
    waiter.before = line.last;
    if (line.last == null) {
      line.first = waiter;
    } else {
      line.last.behind = waiter;
    }
    line.last = waiter;
    size++;
  }

  /** As the last one of the round. */
  private void join(Line line) {
    if (turn == null) {
      turn = line;
      return;
    }
    line.before = turn.before;
    line.behind = turn;
    turn.before.behind = line;
    turn.before = line;
  }

  void remove(Waiter<?> waiter) {
    Line line = waiter.line;
    if (line == null) {
      return;
    }
    if (waiter.before == null) {
      line.first = waiter.behind;
    } else {
      waiter.before.behind = waiter.behind;
    }
    if (waiter.behind == null) {
      line.last = waiter.before;
    } else {
      waiter.behind.before = waiter.before;
    }
    size--;
    waiter.queue = null;
    waiter.line = null;
    waiter.before = null;
    waiter.behind = null;
    if (line.first == null) {
      leave(line);
    }
  }

  private void leave(Line line) {
    lines.remove(line.caller.name);
    Line next = line.behind == line ? null : line.behind;
    if (turn == line) {
      turn = next;
    }
    line.before.behind = line.behind;
    line.behind.before = line.before;
  }

  /** Begins to look at each once. */
  void look() {
    look++;
    at = turn;
    inVain = 0;
  }

  /** Whose turn it is in this look; null at its end. Nobody may leave but by {@link #serve}. */
  @Nullable WaitingCaller next() {
    return at == null || inVain >= lines.size() ? null : at.caller;
  }

  /**
   * Serves the first call of the {@link #next} caller that takes what there is, whereby its turn is
   * over.
   *
   * @param more whether there is anything
   * @param take serves a call, which leaves by that; tells whether it took anything
   */
  void serve(BooleanSupplier more, Predicate<Waiter<?>> take) {
    Line line = at;
    if (line == null) {
      return;
    }
    if (line.look != look) {
      line.look = look;
      line.untried = line.first;
    }
    Line behind = line.behind;
    boolean taken = false;
    while (line.untried != null && !taken && more.getAsBoolean()) {
      Waiter<?> waiter = line.untried;
      line.untried = waiter.behind;
      taken = take.test(waiter);
    }
    if (taken) {
      inVain = 0;
      turn = lines.isEmpty() ? null : behind;
      at = turn;
    } else {
      inVain++;
      at = behind;
    }
  }
}
