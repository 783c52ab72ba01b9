package io.tokenbroker.server.rotation;

import org.jspecify.annotations.Nullable;

/** When a slot has to be looked at again, because a bench of it ends then. */
final class BenchTimer extends Timed {
  final Slot slot;

  /** The heap that it is in; null if none. */
  @Nullable TimeHeap<BenchTimer> heap;

  BenchTimer(Slot slot) {
    this.slot = slot;
  }

  void put(TimeHeap<BenchTimer> into, long at) {
    if (heap != into) {
      remove();
    }
    into.put(this, at);
    heap = into;
  }

  void remove() {
    if (heap != null) {
      heap.remove(this);
      heap = null;
    }
  }
}
