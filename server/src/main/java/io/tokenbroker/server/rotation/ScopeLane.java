package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Scope;
import org.jspecify.annotations.Nullable;

/**
 * What one scope has of its own: the order of its turns, that of its leases, and the tokens that
 * cool for it alone. Guarded by the stripe of its account.
 */
final class ScopeLane {
  final Scope scope;
  final TurnOrder turns;

  /** Null until somebody asks for a lease. */
  @Nullable TurnOrder leases;

  /** The tokens that cool for this scope; null for {@link Scope#ALL}, whose cooldowns are wide. */
  final @Nullable BenchTimers cooling;

  /** When it was asked for last, on the ticker. */
  long usedNanos;

  ScopeLane(Scope scope, TurnOrder turns) {
    this.scope = scope;
    this.turns = turns;
    this.cooling = scope.isAll() ? null : new BenchTimers();
  }

  /**
   * In the place of one that is idle, whose order goes on: a flood of scopes would otherwise always
   * begin with the same token.
   */
  ScopeLane(Scope scope, ScopeLane idle) {
    this(scope, idle.turns);
    leases = idle.leases;
  }

  /** Puts a token where its benches say; tells whether that is a change. */
  boolean place(Slot slot) {
    boolean cools = slot.cools(scope);
    boolean changed = turns.set(slot, slot.benched == null && !cools);
    if (leases != null) {
      changed |= leases.set(slot, slot.leasable && !cools);
    }
    return changed;
  }

  TurnOrder leases(Slot[] slots) {
    if (leases == null) {
      leases = new TurnOrder(turns);
      for (Slot slot : slots) {
        place(slot);
      }
    }
    return leases;
  }

  void grow(Slot[][] rings) {
    turns.grow(rings);
    if (leases != null) {
      leases.grow(rings);
    }
  }

  TurnOrder order(boolean lease, Slot[] slots) {
    return lease ? leases(slots) : turns;
  }

  /** Takes a token out until a deadline. */
  void cool(Slot slot, Deadline deadline, Moment moment) {
    if (cooling != null) {
      cooling.put(slot.scoped(scope), deadline, moment);
    }
  }

  /** Takes back what is ready; tells whether that is a change. */
  boolean advance(Moment moment) {
    boolean changed = false;
    if (cooling != null) {
      for (BenchTimer due = cooling.due(moment); due != null; due = cooling.due(moment)) {
        changed |= place(due.slot);
      }
    }
    return changed;
  }

  /** How many tokens cool for this scope alone. */
  int coolingCount() {
    return cooling == null ? 0 : cooling.size();
  }

  /** Whether nothing depends on it: no token cools for it, and nobody waits. */
  boolean isIdle() {
    return coolingCount() == 0 && !turns.isWaitedFor() && (leases == null || !leases.isWaitedFor());
  }
}
