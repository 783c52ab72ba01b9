package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Scope;
import java.util.List;
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

  /**
   * The tokens that cool for this scope; null for {@link Scope#ALL}, whose cooldowns are wide, and
   * where callers are confined: what cools is told by the scope's lane for all tokens.
   */
  final @Nullable BenchTimers cooling;

  /** Whose turns these are; null for all tokens. */
  final @Nullable Confinement confinement;

  private final Scope ofAllTokens;

  /** When it was asked for last, on the ticker. */
  long usedNanos;

  ScopeLane(Scope scope, TurnOrder turns) {
    this(scope, turns, null);
  }

  private ScopeLane(Scope scope, TurnOrder turns, @Nullable Confinement confinement) {
    this.scope = scope;
    this.turns = turns;
    this.confinement = confinement;
    this.ofAllTokens = scope.ofAllTokens();
    this.cooling = scope.isAll() || confinement != null ? null : new BenchTimers();
  }

  /** For those who are confined. */
  ScopeLane(Scope scope, Confinement confinement) {
    this(scope, confinement.begin(), confinement);
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
    boolean mayBe = includes(slot) && !slot.cools(ofAllTokens);
    boolean changed = turns.set(slot, slot.benched == null && mayBe);
    if (leases != null) {
      changed |= leases.set(slot, slot.leasable && mayBe);
    }
    return changed;
  }

  /** Whether a token can ever be handed out here. */
  boolean includes(Slot slot) {
    return confinement == null || confinement.includes(slot);
  }

  TurnOrder leases(List<Slot> slots) {
    if (leases == null) {
      leases = new TurnOrder(turns);
      slots.forEach(this::place);
    }
    return leases;
  }

  TurnOrder order(boolean lease, List<Slot> slots) {
    return lease ? leases(slots) : turns;
  }

  /** Takes a token out until a deadline. */
  void cool(Slot slot, Deadline deadline, Moment moment) {
    if (cooling != null) {
      cooling.put(slot.scoped(scope), deadline, moment);
    }
  }

  /** Takes off its bench a token that is ready; null if there is none. */
  @Nullable Slot due(Moment moment) {
    BenchTimer due = cooling == null ? null : cooling.due(moment);
    return due == null ? null : due.slot;
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
