package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Health.Quarantine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of an account that may not be handed out, each with its reason and the time when it
 * comes back by itself. Guarded by the stripe of its account.
 */
final class Bench {
  private static final Hold PROBE_DUE = new Hold(BenchReason.QUARANTINE, Deadline.PAST);

  private final ScopeLanes lanes;

  /** Null until a token was benched. */
  private @Nullable BenchCounts counts;

  /** Slots whose tokens expire, the earliest first; the first {@link #expired} of them have. */
  private List<Slot> expiring;

  private int expired;

  /** The benches for all scopes that end by themselves; null until there was one. */
  private @Nullable BenchTimers wide;

  /** Null until a token was leased. */
  private @Nullable LeaseEnds leased;

  /** The pause of the whole account; null if it does not pause. */
  @Nullable Hold pause;

  /** Whether anything was here that ends by itself, or may begin to; stays so. */
  private boolean timed;

  /** Whether any token has, or had since the last refresh, limits or a budget. */
  boolean limited;

  /** How many leases a token may have. */
  int maxHolds = 1;

  /** Whether anything is here that was not before, or the other way round. */
  private boolean changed;

  /** What the standings of all tokens take of the heap, beyond those that are as good as new. */
  long usedBytes;

  Bench(ScopeLanes lanes, Slot[] slots) {
    this.lanes = lanes;
    expiring = expiring(slots);
    timed = !expiring.isEmpty();
  }

  /** How many tokens, of those that may be used, have expired by a time in ms since 1970. */
  int expiredBy(long millis) {
    int from = 0;
    int to = expiring.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (expiring.get(middle).expiryMillis() <= millis) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /** When the next one after so many expires, in ms since 1970; never: {@link Long#MAX_VALUE}. */
  long expiryAfter(int count) {
    return count < expiring.size() ? expiring.get(count).expiryMillis() : Long.MAX_VALUE;
  }

  /** Those that expire, the earliest first. */
  static List<Slot> expiring(Slot[] slots) {
    List<Slot> found = new ArrayList<>(0);
    for (Slot slot : slots) {
      if (mayExpire(slot)) {
        found.add(slot);
      }
    }
    found.sort(Comparator.comparingLong(Slot::expiryMillis));
    return found.isEmpty() ? List.of() : found;
  }

  private static boolean mayExpire(Slot slot) {
    return slot.token.settings().enabled() && slot.expiryMillis() != Long.MAX_VALUE;
  }

  /** Whether others expire when all that are here have, or later. */
  boolean isBehind(List<Slot> others) {
    return others.isEmpty()
        || expiring.isEmpty()
        || expiring.get(expiring.size() - 1).expiryMillis() <= others.get(0).expiryMillis();
  }

  /** From now on these expire as well, behind all others. */
  void expire(List<Slot> more) {
    if (!more.isEmpty()) {
      if (expiring.isEmpty()) {
        expiring = new ArrayList<>(more.size());
      }
      expiring.addAll(more);
      timed = true;
    }
  }

  /** Puts tokens that have joined, and are benched if they have to be, in their places. */
  void join(Slot[] added) {
    for (Slot slot : added) {
      markChanged(lanes.place(slot));
    }
  }

  /** A token is about to have other settings. To be called when advanced. */
  void leave(Slot slot) {
    lanes.leave(slot);
    if (mayExpire(slot)) {
      int place = behind(slot.expiryMillis()) - 1;
      while (expiring.get(place) != slot) {
        place--;
      }
      expiring.remove(place);
      if (place < expired) {
        expired--;
      }
    }
  }

  /** It has other settings, and is to be reviewed. */
  void rejoin(Slot slot, Moment moment) {
    lanes.join(slot);
    slot.expired = false;
    if (mayExpire(slot)) {
      if (expiring.isEmpty()) {
        expiring = new ArrayList<>();
      }
      timed = true;
      expiring.add(behind(slot.expiryMillis()), slot);
      if (slot.expiryMillis() <= moment.millis()) {
        slot.expired = true;
        expired++;
      }
    }
  }

  /** A token is about to be there no more. To be called when advanced. */
  void remove(Slot slot) {
    slot.removeTimers();
    setReason(slot, null);
    setProbeDue(slot, false);
    leave(slot);
    lanes.remove(slot);
    TokenState state = slot.known();
    if (state != null) {
      usedBytes -= state.countedBytes;
    }
  }

  /** The index of the first one that expires later. */
  private int behind(long millis) {
    int low = 0;
    int high = expiring.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (expiring.get(middle).expiryMillis() <= millis) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void markChanged(boolean change) {
    changed |= change;
  }

  /** Those who watch the account are told, and those who wait are served. */
  void markChanged() {
    markChanged(true);
  }

  boolean isChanged() {
    return changed;
  }

  /** Whether anything has changed since the last time. */
  boolean takeChanged() {
    boolean result = changed;
    changed = false;
    return result;
  }

  /** Null for none. */
  void setPause(@Nullable Hold fresh) {
    markChanged(fresh != null || pause != null);
    pause = fresh;
  }

  boolean isTimed() {
    return timed || pause != null;
  }

  /** The slots with leases. */
  List<Slot> leased() {
    return leased == null ? List.of() : leased.slots();
  }

  boolean hasLeases() {
    return leased != null && !leased.isEmpty();
  }

  /** Moves what is due: to the bench what has expired, back what is ready. */
  void advance(Moment moment) {
    expire(moment);
    if (wide != null) {
      for (BenchTimer due = wide.due(moment); due != null; due = wide.due(moment)) {
        review(due.slot, moment);
      }
    }
    if (lanes.hasScopes()) {
      markChanged(lanes.advance(moment));
    }
    if (pause != null && pause.delay(moment) <= 0) {
      setPause(null);
    }
  }

  /** Both ways: a clock that ran ahead and was set back has made tokens expire too early. */
  void expire(Moment moment) {
    while (expired < expiring.size() && expiring.get(expired).expiryMillis() <= moment.millis()) {
      setExpired(expiring.get(expired++), true, moment);
    }
    while (expired > 0 && expiring.get(expired - 1).expiryMillis() > moment.millis()) {
      setExpired(expiring.get(--expired), false, moment);
    }
  }

  private void setExpired(Slot slot, boolean isExpired, Moment moment) {
    slot.expired = isExpired;
    review(slot, moment);
  }

  /** Derives anew where a token is, after anything about it has changed. */
  void review(Slot slot, Moment moment) {
    Hold own = slot.hold(moment);
    timed |= !slot.isPlain() || (own != null && own.ends());
    Hold hold = Hold.weightier(own, slot.lease(moment));
    schedule(slot, own, moment);
    boolean quarantined = slot.health().quarantine() != null;
    slot.leasable = own == null && !quarantined && !isFull(slot);
    setReason(slot, hold == null ? null : hold.reason());
    reviewLeases(slot);
    setProbeDue(slot, hold == null && quarantined);
    markChanged(lanes.place(slot));
    TokenState state = slot.known();
    if (state != null) {
      count(state);
    }
  }

  /** Has a token looked at again when what keeps it back ends. */
  private void schedule(Slot slot, @Nullable Hold own, Moment moment) {
    if (own == null || !own.ends()) {
      slot.removeWide();
    } else {
      if (wide == null) {
        wide = new BenchTimers();
      }
      wide.put(slot.wide(), own.deadline(), moment);
    }
  }

  private void reviewLeases(Slot slot) {
    if (slot.held() > 0) {
      if (leased == null) {
        leased = new LeaseEnds();
      }
      leased.put(slot);
    } else {
      slot.removeLease();
    }
  }

  private void count(TokenState state) {
    int bytes = state.bytes();
    usedBytes += bytes - state.countedBytes;
    state.countedBytes = bytes;
  }

  private BenchCounts made() {
    if (counts == null) {
      counts = new BenchCounts();
    }
    return counts;
  }

  private void setReason(Slot slot, @Nullable BenchReason reason) {
    if (slot.benched == reason) {
      return;
    }
    made().move(slot.benched, reason);
    lanes.count(slot, slot.benched, reason);
    markChanged(true);
    slot.benched = reason;
  }

  private void setProbeDue(Slot slot, boolean due) {
    if (slot.probeDue != due) {
      slot.probeDue = due;
      made().probesDue += due ? 1 : -1;
      markChanged(true);
    }
  }

  /** Puts a token on the benches of the scopes that it cools for, and takes it off the others. */
  void reviewScopes(Slot slot, Moment moment) {
    slot.removeEnded();
    slot.cooling()
        .forEach(
            (scope, deadline) -> {
              if (!scope.isAll() && deadline.delay(moment) > 0) {
                ScopeLane lane = lanes.present(scope);
                if (lane == null) {
                  lane = lanes.make(scope, moment);
                }
                lane.cool(slot, deadline, moment);
              }
            });
  }

  BenchCounts counts() {
    return counts == null ? new BenchCounts() : counts;
  }

  /** Of the tokens that a lane may have. */
  BenchCounts counts(ScopeLane lane) {
    Confinement confinement = lane.confinement();
    return confinement == null ? counts() : confinement.counts;
  }

  /** How many tokens cool for the scope of a lane alone. */
  int coolingCount(ScopeLane lane) {
    BenchTimers cooling = lanes.cooling(lane);
    return cooling == null ? 0 : cooling.size();
  }

  /** How many tokens are kept back by nothing; a probe is not for everyone. */
  int ready(int tokens) {
    if (isPaused()) {
      return 0;
    }
    return counts == null ? tokens : tokens - counts.size() - counts.probesDue;
  }

  /**
   * How many tokens nothing keeps back for longer than so many nanoseconds, scopes aside.
   *
   * @param most how many are counted; of those that come back so few are looked at
   */
  int soon(int tokens, long within, int most, Moment moment) {
    if (Hold.left(pause, moment) > within) {
      return 0;
    }
    int ready = counts == null ? tokens : tokens - counts.size() - counts.probesDue;
    if (ready >= most || wide == null || counts == null || !counts.anyPasses()) {
      return Math.min(ready, most);
    }
    return ready
        + wide.due(
            within,
            most - ready,
            slot -> slot.held() == 0 && slot.health().quarantine() == null,
            moment);
  }

  /** The first of those that have not expired and will have by a time in ms since 1970. */
  List<Slot> expiringBy(long millis, int most) {
    int to = Math.min(expiredBy(millis), expired + most);
    return to <= expired ? List.of() : List.copyOf(expiring.subList(expired, to));
  }

  boolean isPaused() {
    return pause != null;
  }

  /**
   * How long until a token is ready in a lane, in nanoseconds; {@link Long#MAX_VALUE} if none comes
   * back by itself.
   */
  long delay(ScopeLane lane, boolean lease, boolean withProbes, Moment moment) {
    TurnOrder order = lease ? lane.leases : lane.turns;
    long paused = Hold.left(pause, moment);
    // a token may be ready for a lease and still not be wanted
    if (order != null && order.ready() > 0 && (!lease || pause != null)) {
      return paused;
    }
    long least = Long.MAX_VALUE;
    if (wide != null) {
      least =
          wide.least(
              moment,
              least,
              slot ->
                  counts(lane, slot, lease, withProbes)
                      // anew: after a step of the wall clock another bench may be the longest
                      ? Hold.left(slot.hold(lane.scope(), moment), moment)
                      : Long.MAX_VALUE);
    }
    BenchTimers cooling = lanes.cooling(lane);
    if (cooling != null) {
      least =
          cooling.least(
              moment,
              least,
              slot ->
                  counts(lane, slot, lease, withProbes)
                      ? Hold.left(slot.hold(moment), moment)
                      : Long.MAX_VALUE);
    }
    return least == Long.MAX_VALUE ? least : Math.max(least, paused);
  }

  private boolean counts(ScopeLane lane, Slot slot, boolean lease, boolean withProbes) {
    return slot.isUsable()
        && lane.includes(slot)
        && (withProbes || slot.health().quarantine() == null)
        && (lease ? !isFull(slot) : slot.held() == 0);
  }

  /** Whether it has as many leases as it may have. */
  private boolean isFull(Slot slot) {
    return slot.held() >= maxHolds;
  }

  /**
   * How long until the first leased token is free, in nanoseconds, also of what else benches it;
   * {@link Long#MAX_VALUE} if nobody knows.
   */
  long leaseDelay(ScopeLane lane, boolean lease, Moment moment) {
    return leased == null
        ? Long.MAX_VALUE
        : leased.delay(
            moment,
            slot ->
                !lane.includes(slot) || (lease && !isFull(slot))
                    ? Long.MAX_VALUE
                    : Hold.left(slot.hold(lane.scope(), moment), moment));
  }

  /** Why a token is shown as not handed out, and until when; null if it is. */
  @Nullable Hold shown(Slot slot, Moment moment) {
    Hold hold = Hold.weightier(slot.hold(moment), slot.lease(moment));
    Quarantine quarantine = slot.health().quarantine();
    if (hold == null && quarantine != null) {
      // ready for a probe, but still what it is
      hold = PROBE_DUE;
    }
    return Hold.longest(hold, pause, moment);
  }

  /** How long until something comes back, in nanoseconds; the bound if that is less. */
  long nextDelay(long bound, Moment moment) {
    long delay = wide == null ? bound : wide.delay(moment, bound);
    for (NamedLane lane : lanes.scoped()) {
      BenchTimers cooling = lane.cooling();
      delay = cooling == null ? delay : cooling.delay(moment, delay);
    }
    return pause == null ? delay : Math.min(delay, pause.delay(moment));
  }
}
