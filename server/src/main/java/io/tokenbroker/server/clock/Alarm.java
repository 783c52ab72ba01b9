package io.tokenbroker.server.clock;

/** Runs tasks later, on a thread of its own. Thread-safe. */
@FunctionalInterface
public interface Alarm {
  /** Runs a task, which does not block, once, after so many nanoseconds. */
  void after(long delayNanos, Runnable task);
}
