package io.tokenbroker.server.grpc;

import io.tokenbroker.server.fleet.Owner;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The calls of one event loop that wait, or are streams, and look for the owner of their account:
 * those of a partition look again together, in the order in which they came, and before any that
 * comes later. Used by the loop's thread alone.
 */
final class Seekers {
  private final ForwardingLoop loop;
  private final Map<Integer, Group> groups = new HashMap<>();

  private static final class Group {
    /** Of the owner that was none. */
    final long epoch;

    final NavigableSet<OwnedCall<?, ?>> calls =
        new TreeSet<>(Comparator.comparingLong(call -> call.arrival));

    Group(long epoch) {
      this.epoch = epoch;
    }
  }

  Seekers(ForwardingLoop loop) {
    this.loop = loop;
  }

  /**
   * @param owner who it was when the call came to look
   * @param delayNanos after which they look again, if it is the first of them
   */
  void add(Owner owner, OwnedCall<?, ?> call, long delayNanos) {
    int partition = owner.partition();
    Group group = groups.get(partition);
    if (group == null) {
      Group made = new Group(epoch(owner));
      groups.put(partition, made);
      loop.after(delayNanos, () -> look(partition, made));
      group = made;
    }
    group.calls.add(call);
  }

  void remove(int partition, OwnedCall<?, ?> call) {
    Group group = groups.get(partition);
    if (group != null) {
      group.calls.remove(call);
    }
  }

  /**
   * To be asked before a call goes to an owner, for whom others may be looking still: they go
   * first.
   *
   * @return whether nobody looks any more
   */
  boolean haveGone(Owner owner) {
    if (groups.isEmpty()) {
      return true;
    }
    Group group = groups.get(owner.partition());
    if (group != null && epoch(owner) > group.epoch) {
      look(owner.partition(), group);
    }
    return !groups.containsKey(owner.partition());
  }

  private void look(int partition, Group group) {
    if (!groups.remove(partition, group)) {
      return;
    }
    try {
      for (var call = group.calls.pollFirst(); call != null; call = group.calls.pollFirst()) {
        call.dispatch();
      }
    } finally {
      // behind one that failed
      group.calls.forEach(call -> loop.execute(call::dispatch));
    }
  }

  private static long epoch(Owner owner) {
    if (owner instanceof Owner.Here here) {
      return here.epoch();
    }
    return owner instanceof Owner.At at ? at.epoch() : -1;
  }
}
