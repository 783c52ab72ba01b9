package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Scope;
import org.jspecify.annotations.Nullable;

/**
 * What requests for one scope, or for none, have of their own: the order of their turns, and that
 * of their leases. Guarded by the stripe of its account.
 */
class ScopeLane {
  final Scope scope;
  final TurnOrder turns;

  /** Null until somebody asks for a lease. */
  @Nullable TurnOrder leases;

  ScopeLane(Scope scope, TurnOrder turns) {
    this.scope = scope;
    this.turns = turns;
  }

  /** The tokens that cool for this scope; null for {@link Scope#ALL}, whose cooldowns are wide. */
  @Nullable BenchTimers cooling() {
    return null;
  }

  /** Puts a token where its benches say; tells whether that is a change. */
  final boolean placeHere(Slot slot) {
    boolean cools = slot.cools(scope);
    boolean changed = turns.set(slot, slot.benched == null && !cools);
    if (leases != null) {
      changed |= leases.set(slot, slot.leasable && !cools);
    }
    return changed;
  }

  final TurnOrder leases(Slot[] slots) {
    if (leases == null) {
      leases = new TurnOrder(turns);
      for (Slot slot : slots) {
        placeHere(slot);
      }
    }
    return leases;
  }

  /** From now on each ring has these slots: its own, and more behind them, which begin ready. */
  final void growHere(Slot[][] rings) {
    turns.grow(rings);
    if (leases != null) {
      leases.grow(rings);
    }
  }

  final TurnOrder order(boolean lease, Slot[] slots) {
    return lease ? leases(slots) : turns;
  }

  /** Takes a token out until a deadline. */
  final void cool(Slot slot, Deadline deadline, Moment moment) {
    BenchTimers cooling = cooling();
    if (cooling != null) {
      cooling.put(slot.scoped(scope), deadline, moment);
    }
  }

  /** Takes back what is ready; tells whether that is a change. */
  final boolean advance(Moment moment) {
    boolean changed = false;
    BenchTimers cooling = cooling();
    if (cooling != null) {
      for (BenchTimer due = cooling.due(moment); due != null; due = cooling.due(moment)) {
        changed |= placeHere(due.slot);
      }
    }
    return changed;
  }

  /** How many tokens cool for this scope alone. */
  final int coolingCount() {
    BenchTimers cooling = cooling();
    return cooling == null ? 0 : cooling.size();
  }

  /** Whether nothing depends on it: no token cools for it, and nobody waits. */
  final boolean isIdle() {
    return coolingCount() == 0 && !turns.isWaitedFor() && (leases == null || !leases.isWaitedFor());
  }
}
