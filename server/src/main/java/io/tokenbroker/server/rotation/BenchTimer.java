package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Timer;
import io.tokenbroker.server.clock.TimerHeap;
import org.jspecify.annotations.Nullable;

/** When a slot has to be looked at again, because a bench of it ends then. */
final class BenchTimer extends Timer {
  final Slot slot;

  /** The heap that it is in; null if none. */
  @Nullable TimerHeap<BenchTimer> heap;

  BenchTimer(Slot slot) {
    this.slot = slot;
  }

  void put(TimerHeap<BenchTimer> into, long at) {
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
