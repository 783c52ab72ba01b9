package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What event loops are to do when all else is done. Each has a line of its own, in the order that
 * it came: it gets about a millisecond, then the loop sees to its connections again.
 */
final class Deferred {
  private static final long MOST_NANOS = 1_000_000;

  private final Supplier<? extends EventExecutor> eventLoop;
  private final boolean behindReads;
  private final Map<EventExecutor, Line> lines = new ConcurrentHashMap<>();

  private Deferred(Supplier<? extends EventExecutor> eventLoop, boolean behindReads) {
    this.eventLoop = eventLoop;
    this.behindReads = behindReads;
  }

  /**
   * The first of a line when the loop has done what it has begun.
   *
   * @param eventLoop the one that asks
   */
  static Deferred beforeReads(Supplier<? extends EventExecutor> eventLoop) {
    return new Deferred(eventLoop, false);
  }

  /**
   * All of a line when the loop has looked at its connections: for those that come again and again.
   *
   * @param eventLoop the one that asks
   */
  static Deferred behindReads(Supplier<? extends EventExecutor> eventLoop) {
    return new Deferred(eventLoop, true);
  }

  /** Has the event loop that asks do something later. */
  void add(Runnable action) {
    lines.computeIfAbsent(eventLoop.get(), Line::new).add(action);
  }

  /** Used by its loop's thread alone. */
  private final class Line implements Runnable {
    private final EventExecutor loop;
    private final Queue<Runnable> actions = new ArrayDeque<>();
    private boolean due;

    Line(EventExecutor loop) {
      this.loop = loop;
    }

    void add(Runnable action) {
      actions.add(action);
      if (due) {
        return;
      }
      due = true;
      if (behindReads) {
        runBehindReads();
      } else {
        loop.execute(this);
      }
    }

    /** What is scheduled comes after the next look at the connections, what is executed before. */
    private void runBehindReads() {
      var unused = loop.schedule(this, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
      long begun = System.nanoTime();
      try {
        Runnable action = actions.poll();
        while (action != null) {
          action.run();
          action = System.nanoTime() - begun < MOST_NANOS ? actions.poll() : null;
        }
      } finally {
        due = !actions.isEmpty();
        if (due) {
          runBehindReads();
        }
      }
    }
  }
}
