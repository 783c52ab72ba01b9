package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Scope;

/** The lane of a scope that has a name. Guarded by the stripe of its account. */
final class NamedLane extends ScopeLane {
  private final BenchTimers cooling = new BenchTimers();

  /** When it was asked for last, on the ticker. */
  long usedNanos;

  NamedLane(Scope scope, TurnOrder turns) {
    super(scope, turns);
  }

  /**
   * In the place of one that is idle, whose order goes on: a flood of scopes would otherwise always
   * begin with the same token.
   */
  NamedLane(Scope scope, NamedLane idle) {
    this(scope, idle.turns);
    leases = idle.leases;
  }

  @Override
  BenchTimers cooling() {
    return cooling;
  }
}
