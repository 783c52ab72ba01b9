package io.tokenbroker.server.rotation;

/** Something that happens at a time, and knows its place in a {@link TimeHeap}. */
abstract class Timed {
  /** In the unit of its heap. */
  long at;

  /** -1 while it is in no heap. */
  int place = -1;
}
