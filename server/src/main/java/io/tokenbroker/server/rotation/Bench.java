package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of an account that may not be handed out, each with its reason and the time when it
 * comes back by itself. Guarded by the stripe of its account.
 */
final class Bench {
  /** Are not shown of a token that is leased as well. */
  private static final Set<BenchReason> BEHIND_LEASES =
      EnumSet.of(BenchReason.COOLDOWN, BenchReason.RATE_LIMIT, BenchReason.CONCURRENCY);

  private final Now now;
  private final ScopeLanes lanes;

  /** By reason; null until a token was benched. */
  private int @Nullable [] counts;

  /** How many tokens are in quarantine and in the rotation for a probe. */
  private int probesDue;

  /** Slots whose tokens expire, the earliest first; the first {@link #expired} of them have. */
  private final List<Slot> expiring;

  private int expired;

  /** The benches for all scopes that end by themselves; null until there was one. */
  private @Nullable BenchTimers wide;

  /** Null until a token was leased. */
  private @Nullable LeaseEnds leased;

  /** When the account's pause ends; null if it does not pause. */
  @Nullable Deadline pause;

  /** How many leases a token may have. */
  int maxHolds = 1;

  /** Whether any token is where it was not before. */
  boolean changed;

  /** What the standings of all tokens take of the heap, beyond those that are as good as new. */
  long usedBytes;

  Bench(Now now, ScopeLanes lanes, List<Slot> slots) {
    this.now = now;
    this.lanes = lanes;
    List<Slot> found = new ArrayList<>(0);
    for (Slot slot : slots) {
      if (slot.token.settings().enabled() && slot.expiryMillis() != Long.MAX_VALUE) {
        found.add(slot);
      }
    }
    found.sort(Comparator.comparingLong(Slot::expiryMillis));
    expiring = found.isEmpty() ? List.of() : found;
  }

  /** The slots with leases. */
  List<Slot> leased() {
    return leased == null ? List.of() : leased.slots();
  }

  boolean hasLeases() {
    return leased != null && !leased.isEmpty();
  }

  /** Moves what is due: to the bench what has expired, back what is ready. */
  void advance() {
    expire();
    if (wide != null) {
      for (BenchTimer due = wide.due(now); due != null; due = wide.due(now)) {
        review(due.slot);
      }
    }
    if (lanes.hasScopes()) {
      for (ScopeLane lane : lanes.scoped()) {
        changed |= lane.advance(now);
      }
    }
    if (pause != null && pause.delay(now) <= 0) {
      pause = null;
      changed = true;
    }
  }

  /** Both ways: a clock that ran ahead and was set back has made tokens expire too early. */
  void expire() {
    while (expired < expiring.size() && expiring.get(expired).expiryMillis() <= now.millis) {
      setExpired(expiring.get(expired++), true);
    }
    while (expired > 0 && expiring.get(expired - 1).expiryMillis() > now.millis) {
      setExpired(expiring.get(--expired), false);
    }
  }

  private void setExpired(Slot slot, boolean isExpired) {
    slot.expired = isExpired;
    review(slot);
  }

  /** Derives anew where a token is, after anything about it has changed. */
  void review(Slot slot) {
    TokenState standing = slot.known();
    BenchReason reason = permanent(slot);
    if (reason != null || standing == null || standing.isPlain()) {
      slot.removeWide();
    } else {
      reason = passing(slot, standing);
    }
    boolean quarantined = slot.health().quarantine() != null;
    slot.leasable = reason == null && !quarantined && slot.held() < maxHolds;
    if (slot.held() > 0 && (reason == null || BEHIND_LEASES.contains(reason))) {
      reason = BenchReason.LEASED;
    }
    setReason(slot, reason);
    reviewLeases(slot);
    setProbeDue(slot, reason == null && quarantined);
    changed |= lanes.place(slot);
    if (standing != null) {
      count(standing);
    }
  }

  /** Says when the first lease of this broker ends unless it is renewed. */
  void heldUntil(Slot slot, Instant time) {
    slot.standing().heldUntil = time;
    reviewLeases(slot);
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

  private void count(TokenState standing) {
    int bytes = standing.bytes();
    usedBytes += bytes - standing.countedBytes;
    standing.countedBytes = bytes;
  }

  private static @Nullable BenchReason permanent(Slot slot) {
    if (!slot.token.settings().enabled()) {
      return BenchReason.DISABLED;
    }
    if (slot.expired) {
      return BenchReason.EXPIRED;
    }
    return slot.token.secret().isReadable() ? null : BenchReason.UNREADABLE;
  }

  /** The reason that ends by itself, if there is one, and when: the latest of all. */
  private @Nullable BenchReason passing(Slot slot, TokenState standing) {
    Deadline cool = standing.cooling.get(Scope.ALL);
    Limiter limiter = standing.limiter;
    long cooldown = cool == null ? 0 : cool.delay(now);
    long limit = 0;
    if (limiter != null) {
      limiter.look(now);
      limit = new Deadline(limiter.untilNanos, limiter.untilMillis).delay(now);
    }
    Health.Quarantine quarantine = standing.health.quarantine();
    long probe = quarantine == null ? 0 : Math.max(0, standing.probeNanos - now.nanos);
    long longest = Math.max(cooldown, Math.max(limit, probe));
    if (longest <= 0) {
      slot.removeWide();
      return null;
    }
    if (wide == null) {
      wide = new BenchTimers();
    }
    if (longest == probe) {
      wide.put(slot.wide(), standing.probeNanos, Deadline.NEVER, now);
    } else if (cool != null && longest == cooldown) {
      wide.put(slot.wide(), cool, now);
    } else if (limiter != null) {
      wide.put(slot.wide(), limiter.untilNanos, limiter.untilMillis, now);
    }
    if (quarantine != null) {
      return BenchReason.QUARANTINE;
    }
    if (limiter == null || longest == cooldown) {
      return BenchReason.COOLDOWN;
    }
    return new Deadline(limiter.inUseNanos, Deadline.NEVER).delay(now) == longest
        ? BenchReason.CONCURRENCY
        : BenchReason.RATE_LIMIT;
  }

  private void setReason(Slot slot, @Nullable BenchReason reason) {
    if (slot.benched == reason) {
      return;
    }
    if (counts == null) {
      counts = new int[BenchReason.values().length];
    }
    if (slot.benched != null) {
      counts[slot.benched.ordinal()]--;
    }
    if (reason != null) {
      counts[reason.ordinal()]++;
    }
    changed = true;
    slot.benched = reason;
  }

  private void setProbeDue(Slot slot, boolean due) {
    if (slot.probeDue != due) {
      slot.probeDue = due;
      probesDue += due ? 1 : -1;
      changed = true;
    }
  }

  /** Puts a token on the benches of the scopes that it cools for, and takes it off the others. */
  void reviewScopes(Slot slot) {
    for (Map.Entry<Scope, BenchTimer> entry : slot.scoped().entrySet()) {
      if (!slot.cooling().containsKey(entry.getKey())) {
        entry.getValue().remove();
      }
    }
    slot.cooling()
        .forEach(
            (scope, deadline) -> {
              if (!scope.isAll() && deadline.delay(now) > 0) {
                ScopeLane lane = lanes.present(scope);
                if (lane == null) {
                  lane = lanes.make(scope);
                }
                lane.cool(slot, deadline, now);
              }
            });
  }

  int count(BenchReason reason) {
    return counts == null ? 0 : counts[reason.ordinal()];
  }

  int size() {
    int benched = 0;
    if (counts != null) {
      for (int count : counts) {
        benched += count;
      }
    }
    return benched;
  }

  /** How many tokens are kept back by nothing; a probe is not for everyone. */
  int ready(int tokens) {
    return isPaused() ? 0 : tokens - size() - probesDue;
  }

  boolean isPaused() {
    return pause != null;
  }

  /**
   * How long until a token is ready in a lane, in nanoseconds; {@link Long#MAX_VALUE} if none comes
   * back by itself.
   */
  long delay(ScopeLane lane, boolean lease, boolean withProbes) {
    TurnOrder line = lease ? lane.leases : lane.turns;
    long paused = pause == null ? 0 : pause.delay(now);
    // a token may be ready for a lease and still not be wanted
    if (line != null && line.ready() > 0 && (!lease || pause != null)) {
      return paused;
    }
    long least = Long.MAX_VALUE;
    if (wide != null) {
      least =
          wide.least(
              now,
              least,
              slot ->
                  counts(slot, lease, withProbes)
                      // both: after a step of the wall clock another bench may be the longest
                      ? otherDelay(slot, lane)
                      : Long.MAX_VALUE);
    }
    if (lane.cooling != null) {
      least =
          lane.cooling.least(
              now,
              least,
              slot -> counts(slot, lease, withProbes) ? wideDelay(slot) : Long.MAX_VALUE);
    }
    return least == Long.MAX_VALUE ? least : Math.max(least, paused);
  }

  private boolean counts(Slot slot, boolean lease, boolean withProbes) {
    return permanent(slot) == null
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
  long leaseDelay(ScopeLane lane, boolean lease) {
    return leased == null
        ? Long.MAX_VALUE
        : leased.delay(
            now, slot -> lease && !isFull(slot) ? Long.MAX_VALUE : otherDelay(slot, lane));
  }

  /** How long until a token comes back to a lane, leases aside. */
  private long otherDelay(Slot slot, ScopeLane lane) {
    return Math.max(wideDelay(slot), scopeDelay(slot, lane));
  }

  private long scopeDelay(Slot slot, ScopeLane lane) {
    Deadline cooling = lane.scope.isAll() ? null : slot.cooling().get(lane.scope);
    return cooling == null ? 0 : cooling.delay(now);
  }

  /** How long until a token comes back from the bench for all scopes; 0 if it is not there. */
  long wideDelay(Slot slot) {
    TokenState standing = slot.known();
    if (standing == null || !slot.isWide()) {
      return 0;
    }
    Deadline cool = standing.cooling.get(Scope.ALL);
    Limiter limiter = standing.limiter;
    long delay = cool == null ? 0 : cool.delay(now);
    if (limiter != null) {
      delay = Math.max(delay, new Deadline(limiter.untilNanos, limiter.untilMillis).delay(now));
    }
    return standing.health.quarantine() == null
        ? delay
        : Math.max(delay, standing.probeNanos - now.nanos);
  }

  /** How long until something comes back, in nanoseconds; the bound if that is less. */
  long nextDelay(long bound) {
    long delay = wide == null ? bound : wide.delay(now, bound);
    for (ScopeLane lane : lanes.scoped()) {
      delay = lane.cooling == null ? delay : lane.cooling.delay(now, delay);
    }
    return pause == null ? delay : Math.min(delay, Math.max(0, pause.delay(now)));
  }
}
