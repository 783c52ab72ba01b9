package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.clock.TimerHeap;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The calls that wait for tokens of an account. Lasts over refreshes. Guarded by the stripe of its
 * account.
 */
final class Waiting {
  /** The wall clock may jump: what depends on it is looked at again that often. */
  private static final long LONGEST_SLEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long NONE = Long.MAX_VALUE;

  /** All of them, by when they give up. */
  private final TimerHeap<Waiter<?>> leaving = new TimerHeap<>();

  /** When the alarm that was set rings; {@link #NONE} if none was. */
  private long alarmNanos = NONE;

  /** Which lane is served first: not always the same one. */
  private int turnOfLane;

  /** Whether any who waits is held back, for the others' sake, from what is ready. */
  private boolean holding;

  private final Map<String, WaitingCaller> callers = new HashMap<>(2);

  /** How many calls were served. */
  private long served;

  private long arrivals;

  int count() {
    return leaving.size();
  }

  /** When the one came who waits the longest; {@link Long#MAX_VALUE} if nobody waits. */
  static long sinceNanos(ScopeLanes lanes) {
    long since = Long.MAX_VALUE;
    for (ScopeLane lane : lanes.each()) {
      since = Math.min(since, lane.turns.waitedForSince());
      since = lane.leases == null ? since : Math.min(since, lane.leases.waitedForSince());
    }
    return since;
  }

  /**
   * @param held see {@link #isHeld}
   */
  void park(TurnOrder order, Waiter<?> waiter, String caller, long leaveNanos, boolean held) {
    WaitingCaller whose = callers.get(caller);
    if (whose == null) {
      whose = new WaitingCaller(caller);
      whose.served = served;
      callers.put(caller, whose);
    }
    whose.waiting++;
    waiter.arrival = arrivals++;
    order.waiters().add(waiter, whose);
    leaving.put(waiter, leaveNanos);
    holding |= held;
  }

  boolean isHolding() {
    return holding;
  }

  /** How many of them are a caller's. */
  int count(String caller) {
    WaitingCaller whose = callers.get(caller);
    return whose == null ? 0 : whose.waiting;
  }

  /** Whether a call that got nothing was held back: something is ready. */
  boolean isHeld(Rotation rotation, ScopeLane lane, boolean lease) {
    return !lease && lane.turns.ready() > 0 && !rotation.bench.isPaused();
  }

  /** Takes a waiter out, wherever it is; tells whether it was there. */
  boolean leave(Waiter<?> waiter) {
    if (waiter.waiters == null || waiter.callerQueue == null) {
      return false;
    }
    WaitingCaller whose = waiter.callerQueue.caller;
    whose.waiting--;
    if (whose.waiting == 0) {
      callers.remove(whose.name);
    }
    waiter.waiters.remove(waiter);
    leaving.remove(waiter);
    return true;
  }

  /**
   * Gives what is ready to those who wait: to the caller that was served the longest ago, whichever
   * scopes its calls are for, and so on. Sends away those who wait in vain.
   */
  void serve(Rotation rotation, Moment moment) {
    if (leaving.size() == 0 || !rotation.right.serves(rotation.isLimited())) {
      return;
    }
    holding = false;
    List<Queue> queues = queues(rotation);
    for (Queue queue : queues) {
      if (queue.order.ready() > 0) {
        queue.order.contention().see(queue.order.waiters(), moment);
      }
      queue.order.waiters().look();
    }
    for (Queue next = next(rotation, queues); next != null; next = next(rotation, queues)) {
      Queue queue = next;
      // who waits for a lease may not want what is ready, and a stream may be held back from it:
      // the next one may have it
      queue
          .order
          .waiters()
          .serve(
              () -> queue.hasMore(rotation), waiter -> serve(rotation, queue.lane, waiter, moment));
    }
    for (Queue queue : queues) {
      boolean held = isHeld(rotation, queue.lane, queue.lease);
      holding |= queue.order.isWaitedFor() && held;
      failIfInVain(rotation, queue, moment);
    }
  }

  /** Those that somebody waits in; another scope's first each time. */
  private List<Queue> queues(Rotation rotation) {
    List<ScopeLane> lanes = rotation.lanes.each();
    turnOfLane = (turnOfLane + 1) % lanes.size();
    List<Queue> queues = new ArrayList<>(2);
    for (int i = 0; i < lanes.size(); i++) {
      ScopeLane lane = lanes.get((i + turnOfLane) % lanes.size());
      if (lane.turns.isWaitedFor()) {
        queues.add(new Queue(lane, lane.turns, false));
      }
      if (lane.leases != null && lane.leases.isWaitedFor()) {
        queues.add(new Queue(lane, lane.leases, true));
      }
    }
    return queues;
  }

  private static @Nullable Queue next(Rotation rotation, List<Queue> queues) {
    Queue best = null;
    long longest = Long.MAX_VALUE;
    for (Queue queue : queues) {
      WaitingCaller caller = queue.hasMore(rotation) ? queue.order.waiters().next() : null;
      if (caller != null && caller.served < longest) {
        best = queue;
        longest = caller.served;
      }
    }
    return best;
  }

  private void failIfInVain(Rotation rotation, Queue queue, Moment moment) {
    TurnOrder order = queue.order;
    if (order.isWaitedFor()
        && order.ready() == 0
        && !rotation.shortage().isPassing(queue.lane, queue.lease, moment)) {
      BrokerException failure = rotation.shortage().failure(queue.lane, queue.lease, moment);
      for (Waiter<?> one = order.waiters().first(); one != null; one = order.waiters().first()) {
        leave(one);
        rotation.afterUnlock().fail(one, failure);
      }
    }
  }

  private <T> boolean serve(Rotation rotation, ScopeLane lane, Waiter<T> waiter, Moment moment) {
    T taken = waiter.request.take(rotation, lane, moment);
    if (taken == null) {
      return false;
    }
    served++;
    if (waiter.callerQueue != null) {
      waiter.callerQueue.caller.served = served;
    }
    leave(waiter);
    rotation.afterUnlock().complete(waiter, taken, moment);
    return true;
  }

  /** What may be waited for in a scope: turns, or leases. */
  private record Queue(ScopeLane lane, TurnOrder order, boolean lease) {
    boolean hasMore(Rotation rotation) {
      return order.ready() > 0 && !rotation.bench.isPaused();
    }
  }

  /** Sends away those whose patience is at its end. */
  void expire(Rotation rotation, Moment moment) {
    for (Waiter<?> waiter = due(moment); waiter != null; waiter = due(moment)) {
      ScopeLane lane = rotation.lanes.present(waiter.request.scope());
      leave(waiter);
      if (lane != null) {
        rotation
            .afterUnlock()
            .fail(waiter, rotation.shortage().failure(lane, waiter.request.isLease(), moment));
      }
    }
  }

  private @Nullable Waiter<?> due(Moment moment) {
    return leaving.due(moment.nanos());
  }

  /** Sends all away: in the order in which they came, as they may wait elsewhere then. */
  void fail(Rotation rotation, BrokerException failure) {
    List<Waiter<?>> all = new ArrayList<>(leaving.items());
    all.sort(Comparator.comparingLong(waiter -> waiter.arrival));
    for (Waiter<?> waiter : all) {
      boolean unused = leave(waiter);
      rotation.afterUnlock().fail(waiter, failure);
    }
  }

  /** Sets the alarm if it has to ring earlier than it would. */
  void setAlarm(Rotation rotation, Moment moment) {
    Waiter<?> first = leaving.peek();
    if (first == null) {
      return;
    }
    long patience = Math.max(0, first.at() - moment.nanos());
    long longest = holding ? Pace.GRACE_NANOS : LONGEST_SLEEP_NANOS;
    long delay = Math.min(patience, rotation.bench.nextDelay(longest, moment));
    if (moment.nanos() + delay < alarmNanos) {
      alarmNanos = moment.nanos() + delay;
      rotation.afterUnlock().setAlarm(delay);
    }
  }

  /** Whether the alarm that rings is the one that is due, and no older one. */
  boolean takeAlarm(Moment moment) {
    if (alarmNanos > moment.nanos()) {
      return false;
    }
    alarmNanos = NONE;
    return true;
  }
}
