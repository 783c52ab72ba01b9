package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.limit.Limiter;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token's place in the rings of its weight, the same in every lane. Guarded by the stripe of its
 * account.
 */
final class Slot {
  private static final byte REMOVED = -1;

  /** Where it is, there is nobody's secret any more. */
  private static final Secret NONE = Secret.unreadable();

  /** Changed by who has the load of the account, under the stripe. */
  Token token;

  /** Which of the rings, and where in it. */
  private byte ring;

  final int index;

  boolean expired;

  /** Why the token is on the bench for all scopes; null while it is not. */
  @Nullable BenchReason benched;

  /** Whether it is in quarantine, and the next caller gets it. */
  boolean probeDue;

  /** Whether it may be leased: benched by nothing else than leases, and not too many of those. */
  boolean leasable = true;

  /** How many turns it has had. */
  long served;

  /** Null until it was anything else than as good as new. */
  private @Nullable TokenState state;

  /**
   * @param ring fewer than there are weights
   */
  Slot(Token token, @Nullable TokenState state, int ring, int index) {
    this.token = token;
    this.state = state;
    this.ring = (byte) ring;
    this.index = index;
  }

  /** Which of the rings has it. */
  int ring() {
    return ring;
  }

  /** Leaves an empty place: what is left of it is its id, behind which a ring may have to go on. */
  void remove() {
    ring = REMOVED;
    token = new Token(token.id(), NONE, TokenSettings.DEFAULT);
    state = null;
  }

  boolean isRemoved() {
    return ring == REMOVED;
  }

  /** Its own, or those of its account. */
  TokenLimits limits(TokenLimits ofAccount) {
    TokenLimits own = token.settings().limits();
    return own == null ? ofAccount : own;
  }

  /** In milliseconds since 1970; {@link Long#MAX_VALUE} for never. */
  long expiryMillis() {
    Instant expireTime = token.settings().expireTime();
    // rounded down: rather a millisecond early than handed out late
    return expireTime == null ? Long.MAX_VALUE : expireTime.toEpochMilli();
  }

  /** Goes on from the same token before a refresh. */
  void takeOver(Slot before) {
    served = before.served;
    state = before.state;
    if (state != null) {
      state.countedBytes = 0;
      state.returns = null;
    }
  }

  /** Whether its settings let it be handed out. */
  boolean isUsable() {
    return !expired && token.settings().enabled();
  }

  /**
   * Why it is kept back from everybody, leases aside, and until when; null if by nothing. A scope
   * or the whole account may be kept back beyond that.
   */
  @Nullable Hold hold(Moment moment) {
    if (!token.settings().enabled()) {
      return Hold.DISABLED;
    }
    if (expired) {
      return Hold.EXPIRED;
    }
    if (!token.secret().isReadable()) {
      return Hold.UNREADABLE;
    }
    return isPlain() || state == null ? null : state.hold(moment);
  }

  /** The same in one scope. */
  @Nullable Hold hold(Scope scope, Moment moment) {
    Hold wide = hold(moment);
    return state == null || scope.isAll()
        ? wide
        : Hold.longest(wide, state.cooldown(scope), moment);
  }

  /** The leases on it; null if there are none. */
  @Nullable Hold lease(Moment moment) {
    return state == null ? null : state.lease(moment);
  }

  /** What lasts of it, to be changed. */
  TokenState state() {
    if (state == null) {
      state = new TokenState(Health.GOOD, List.of());
    }
    return state;
  }

  /** The same if there is any; null means as good as new. */
  @Nullable TokenState known() {
    return state;
  }

  /** Whether nothing but its settings can bench it. */
  boolean isPlain() {
    return state == null || state.isPlain();
  }

  boolean isGood() {
    return state == null || state.isGood();
  }

  /** What the store had, to be taken up once there is a limiter. */
  List<Usage> stored() {
    return state == null ? List.of() : state.stored;
  }

  Health health() {
    return state == null ? Health.GOOD : state.health;
  }

  @Nullable Limiter limiter() {
    return state == null ? null : state.limiter;
  }

  /** How many leases it has. */
  int held() {
    return state == null ? 0 : state.held();
  }

  /** When the first lease ends; null if there is none, or nobody knows. */
  @Nullable Instant leaseEnd() {
    return state == null ? null : state.leaseEnd();
  }

  int strikes() {
    return state == null ? 0 : state.strikes();
  }

  Map<Scope, Deadline> cooling() {
    return state == null ? Map.of() : state.cooling;
  }

  private SlotReturns returns() {
    TokenState state = state();
    if (state.returns == null) {
      state.returns = new SlotReturns(this);
    }
    return state.returns;
  }

  private @Nullable SlotReturns knownReturns() {
    return state == null ? null : state.returns;
  }

  /** When the bench for all scopes ends by itself. */
  BenchTimer wide() {
    return returns().wide;
  }

  void removeWide() {
    SlotReturns returns = knownReturns();
    if (returns != null) {
      returns.wide.remove();
    }
  }

  /** When its first lease ends. */
  BenchTimer lease() {
    SlotReturns returns = returns();
    if (returns.lease == null) {
      returns.lease = new BenchTimer(this);
    }
    return returns.lease;
  }

  void removeLease() {
    SlotReturns returns = knownReturns();
    if (returns != null && returns.lease != null) {
      returns.lease.remove();
    }
  }

  /** From all heaps. */
  void removeTimers() {
    removeWide();
    removeLease();
    scoped().values().forEach(BenchTimer::remove);
  }

  /** Those of scopes that it does not cool for any more, from all heaps and from here. */
  void removeEnded() {
    SlotReturns returns = knownReturns();
    if (returns != null) {
      Map<Scope, Deadline> cooling = cooling();
      returns
          .scoped
          .entrySet()
          .removeIf(
              entry -> {
                boolean ended = !cooling.containsKey(entry.getKey());
                if (ended) {
                  entry.getValue().remove();
                }
                return ended;
              });
    }
  }

  BenchTimer scoped(Scope scope) {
    return returns().scoped.computeIfAbsent(scope, any -> new BenchTimer(this));
  }

  /** Whether the token cools for a scope. */
  boolean cools(Scope scope) {
    SlotReturns returns = knownReturns();
    BenchTimer timer = returns == null ? null : returns.scoped.get(scope);
    return timer != null && timer.heap != null;
  }

  /** Those that are in a heap are benches; others are left from one. */
  Map<Scope, BenchTimer> scoped() {
    SlotReturns returns = knownReturns();
    return returns == null ? Map.of() : returns.scoped;
  }
}
