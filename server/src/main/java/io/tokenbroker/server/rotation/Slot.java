package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenLimits;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token's place in the rings of its weight, the same in every lane. Guarded by the stripe of its
 * account.
 */
final class Slot {
  final Token token;
  final TokenLimits limits;
  final Standing standing;

  /** Which of the rings, and where in it. */
  final int ring;

  final int index;

  /** In milliseconds since 1970; {@link Long#MAX_VALUE} for never. */
  final long expiryMillis;

  boolean expired;

  /** Why the token is on the bench for all scopes; null while it is not. */
  @Nullable BenchReason benched;

  /** Whether it is in quarantine, and the next caller gets it. */
  boolean probeDue;

  /** Whether it may be leased: benched by nothing else than leases, and not too many of those. */
  boolean leasable = true;

  /** What its standing takes of the heap, as the bench has counted it. */
  int usedBytes;

  /** When the bench for all scopes ends by itself. */
  private @Nullable Return wide;

  /** By scope. */
  private @Nullable Map<Scope, Return> scoped;

  Slot(Token token, TokenLimits accountLimits, Standing standing, int ring, int index) {
    this.token = token;
    TokenLimits own = token.settings().limits();
    this.limits = own == null ? accountLimits : own;
    this.standing = standing;
    this.ring = ring;
    this.index = index;
    Instant expireTime = token.settings().expireTime();
    // rounded down: rather a millisecond early than handed out late
    this.expiryMillis = expireTime == null ? Long.MAX_VALUE : expireTime.toEpochMilli();
  }

  Return wide() {
    if (wide == null) {
      wide = new Return(this);
    }
    return wide;
  }

  void removeWide() {
    if (wide != null) {
      wide.remove();
    }
  }

  Return scoped(Scope scope) {
    if (scoped == null) {
      scoped = new HashMap<>();
    }
    return scoped.computeIfAbsent(scope, any -> new Return(this));
  }

  /** Whether the token cools for a scope. */
  boolean cools(Scope scope) {
    Return entry = scoped == null ? null : scoped.get(scope);
    return entry != null && entry.heap != null;
  }

  /** Those that are in a heap are benches; others are left from one. */
  Map<Scope, Return> scoped() {
    return scoped == null ? Map.of() : scoped;
  }
}
