package io.tokenbroker.server.clock;

/** Something that happens at a time, and knows its place in a {@link TimerHeap}. */
public abstract class Timer {
  /** In the unit of its heap. */
  long at;

  /** -1 while it is in no heap. */
  int place = -1;

  /** When it happens, in the unit of its heap. */
  public final long at() {
    return at;
  }
}
