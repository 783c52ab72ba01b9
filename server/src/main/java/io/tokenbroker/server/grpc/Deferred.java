package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * What one event loop is to do when all else is done, in the order that it came: for about a
 * millisecond, then the loop sees to its connections again. Used by its thread alone.
 */
final class Deferred implements Runnable {
  private static final long MOST_NANOS = 1_000_000;

  private final EventExecutor loop;
  private final boolean behindReads;
  private final Queue<Runnable> actions = new ArrayDeque<>();
  private boolean due;

  private Deferred(EventExecutor loop, boolean behindReads) {
    this.loop = loop;
    this.behindReads = behindReads;
  }

  /** The first of them when the loop has done what it has begun. */
  static Deferred beforeReads(EventExecutor loop) {
    return new Deferred(loop, false);
  }

  /** All of them when it has looked at its connections: for those that come again and again. */
  static Deferred behindReads(EventExecutor loop) {
    return new Deferred(loop, true);
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
