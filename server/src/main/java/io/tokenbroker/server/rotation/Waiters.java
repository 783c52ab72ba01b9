package io.tokenbroker.server.rotation;

import org.jspecify.annotations.Nullable;

/**
 * Calls that wait, in the order of their arrival; any may leave in O(1). Guarded by the stripe of
 * its account.
 */
final class Waiters {
  private @Nullable Waiter<?> first;
  private @Nullable Waiter<?> last;
  private int size;

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return size;
  }

  @Nullable Waiter<?> first() {
    return first;
  }

  void add(Waiter<?> waiter) {
    waiter.queue = this;
    waiter.before = last;
    if (last == null) {
      first = waiter;
    } else {
      last.behind = waiter;
    }
    last = waiter;
    size++;
  }

  void remove(Waiter<?> waiter) {
    if (waiter.before == null) {
      first = waiter.behind;
    } else {
      waiter.before.behind = waiter.behind;
    }
    if (waiter.behind == null) {
      last = waiter.before;
    } else {
      waiter.behind.before = waiter.before;
    }
    size--;
    waiter.queue = null;
    waiter.before = null;
    waiter.behind = null;
  }
}
