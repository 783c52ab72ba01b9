package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Scope;
import org.jspecify.annotations.Nullable;

/**
 * What requests for one scope, or for none, have of their own: the order of their turns, and that
 * of their leases. Guarded by the stripe of its account.
 */
abstract class ScopeLane {
  final TurnOrder turns;

  /** Null until somebody asks for a lease. */
  @Nullable TurnOrder leases;

  ScopeLane(TurnOrder turns) {
    this.turns = turns;
  }

  /** What cools here is cooling for it: that of all tokens, also where callers are confined. */
  abstract Scope scope();

  /**
   * The tokens that cool for this scope; null for {@link Scope#ALL}, whose cooldowns are wide, and
   * where callers are confined: what cools is told by the scope's lane for all tokens.
   */
  @Nullable BenchTimers cooling() {
    return null;
  }

  /** Whose turns these are; null for all tokens. */
  @Nullable Confinement confinement() {
    return null;
  }

  /** Whether a token can ever be handed out here. */
  final boolean includes(Slot slot) {
    Confinement confinement = confinement();
    return confinement == null || confinement.includes(slot);
  }

  /** Puts a token where its benches say; tells whether that is a change. */
  final boolean placeHere(Slot slot) {
    boolean mayBe = !slot.cools(scope()) && includes(slot);
    boolean changed = turns.set(slot, slot.benched == null && mayBe);
    if (leases != null) {
      changed |= leases.set(slot, slot.leasable && mayBe);
    }
    return changed;
  }

  final void restartHere() {
    turns.restart();
    if (leases != null) {
      leases.restart();
    }
  }

  /** Takes out a token that is there no more. */
  final void removeHere(Slot slot) {
    turns.set(slot, false);
    if (leases != null) {
      leases.set(slot, false);
    }
  }

  final TurnOrder leases() {
    if (leases == null) {
      leases = new TurnOrder(turns);
      turns.forEach(this::placeHere);
    }
    return leases;
  }

  /** From now on each ring has these slots: its own, and more behind them, to be placed. */
  final void growHere(Slot[][] rings) {
    turns.grow(rings);
    if (leases != null) {
      leases.grow(rings);
    }
  }

  final TurnOrder order(boolean lease) {
    return lease ? leases() : turns;
  }

  /** Takes a token out until a deadline. */
  final void cool(Slot slot, Deadline deadline, Moment moment) {
    BenchTimers cooling = cooling();
    if (cooling != null) {
      cooling.put(slot.scoped(scope()), deadline, moment);
    }
  }

  /** Takes off its bench a token that is ready; null if there is none. */
  final @Nullable Slot due(Moment moment) {
    BenchTimers cooling = cooling();
    BenchTimer due = cooling == null ? null : cooling.due(moment);
    return due == null ? null : due.slot;
  }

  /** Whether nothing depends on it: no token cools for it, and nobody waits. */
  final boolean isIdle() {
    BenchTimers cooling = cooling();
    return (cooling == null || cooling.size() == 0)
        && !turns.isWaitedFor()
        && (leases == null || !leases.isWaitedFor());
  }
}
