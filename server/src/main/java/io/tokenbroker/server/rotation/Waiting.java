package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.clock.TimerHeap;
import io.tokenbroker.server.model.BrokerException;
import java.util.List;
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

  int count() {
    return leaving.size();
  }

  /**
   * @param held see {@link #isHeld}
   */
  void park(TurnOrder line, Waiter<?> waiter, long leaveNanos, boolean held) {
    line.waiters().add(waiter);
    leaving.put(waiter, leaveNanos);
    holding |= held;
  }

  boolean isHolding() {
    return holding;
  }

  /** Whether a call that got nothing was held back: something is ready. */
  boolean isHeld(Rotation rotation, ScopeLane lane, boolean lease) {
    return !lease && lane.turns.ready() > 0 && !rotation.bench.isPaused();
  }

  /** Takes a waiter out, wherever it is; tells whether it was there. */
  boolean leave(Waiter<?> waiter) {
    if (waiter.queue == null) {
      return false;
    }
    waiter.queue.remove(waiter);
    leaving.remove(waiter);
    return true;
  }

  /** Gives what is ready to those who wait, and sends away those who wait in vain. */
  void serve(Rotation rotation, Moment moment) {
    if (leaving.size() == 0) {
      return;
    }
    holding = false;
    List<ScopeLane> lanes = rotation.lanes.each();
    turnOfLane = (turnOfLane + 1) % lanes.size();
    for (int i = 0; i < lanes.size(); i++) {
      ScopeLane lane = lanes.get((i + turnOfLane) % lanes.size());
      serve(rotation, lane, lane.turns, false, moment);
      if (lane.leases != null) {
        serve(rotation, lane, lane.leases, true, moment);
      }
    }
  }

  private void serve(
      Rotation rotation, ScopeLane lane, TurnOrder line, boolean lease, Moment moment) {
    if (!line.isWaitedFor()) {
      return;
    }
    Waiter<?> waiter = line.waiters().first();
    if (line.ready() > 0) {
      line.contention().see(line.waiters().size(), moment);
    }
    while (waiter != null && line.ready() > 0 && !rotation.bench.isPaused()) {
      Waiter<?> next = waiter.behind;
      // who waits for a lease may not want what is ready, and a stream may be held back from it:
      // the next one may have it
      serve(rotation, lane, waiter, moment);
      waiter = next;
    }
    holding |= line.isWaitedFor() && isHeld(rotation, lane, lease);
    if (line.isWaitedFor()
        && line.ready() == 0
        && !rotation.shortage().isPassing(lane, lease, moment)) {
      BrokerException failure = rotation.failure(lane, lease, moment);
      for (Waiter<?> one = line.waiters().first(); one != null; one = line.waiters().first()) {
        leave(one);
        rotation.afterUnlock().fail(one, failure);
      }
    }
  }

  private <T> void serve(Rotation rotation, ScopeLane lane, Waiter<T> waiter, Moment moment) {
    T taken = waiter.request.take(rotation, lane, moment);
    if (taken != null) {
      leave(waiter);
      rotation.afterUnlock().complete(waiter, taken, moment);
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
            .fail(waiter, rotation.failure(lane, waiter.request.isLease(), moment));
      }
    }
  }

  private @Nullable Waiter<?> due(Moment moment) {
    return leaving.due(moment.nanos());
  }

  /** Sends all away. */
  void fail(Rotation rotation, BrokerException failure) {
    for (Waiter<?> waiter = leaving.peek(); waiter != null; waiter = leaving.peek()) {
      leave(waiter);
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
