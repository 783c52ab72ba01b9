package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Scope;
import org.jspecify.annotations.Nullable;

/**
 * The lane of a scope that has a name, or of callers who are confined. Guarded by the stripe of its
 * account.
 */
final class NamedLane extends ScopeLane {
  /** With the labels that callers are confined to. */
  final Scope name;

  private final Scope scope;
  private final @Nullable BenchTimers cooling;
  private final @Nullable Confinement confinement;

  /** When it was asked for last, on the ticker. */
  long usedNanos;

  /** For all tokens. */
  NamedLane(Scope name, TurnOrder turns) {
    super(turns);
    this.name = name;
    this.scope = name;
    this.cooling = new BenchTimers();
    this.confinement = null;
  }

  /** For those who are confined. */
  NamedLane(Scope name, Confinement confinement) {
    super(confinement.begin());
    this.name = name;
    this.scope = name.ofAllTokens();
    this.cooling = null;
    this.confinement = confinement;
  }

  /**
   * In the place of one that is idle, whose order goes on: a flood of scopes would otherwise always
   * begin with the same token. Both are for all tokens.
   */
  NamedLane(Scope name, NamedLane idle) {
    this(name, idle.turns);
    leases = idle.leases;
  }

  @Override
  Scope scope() {
    return scope;
  }

  @Override
  @Nullable BenchTimers cooling() {
    return cooling;
  }

  @Override
  @Nullable Confinement confinement() {
    return confinement;
  }
}
