package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.limit.Limiter;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.Usage;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lasts over refreshes of a token that is not, or was not always, as good as new. Guarded by
 * the stripe of its account.
 */
final class TokenState {
  private static final int REMEMBERED_REPORTS = 64;
  private static final Hold UNKNOWN_LEASE = new Hold(BenchReason.LEASED, Deadline.UNKNOWN);

  /** What the store had, to be taken up once there is a limiter. */
  List<Usage> stored;

  Health health;

  /** Whether the health is as good as new: looked at with every turn. */
  private boolean good;

  /** Whether its deadlines have been derived. */
  private boolean settled;

  /** Of the cooldowns that have not ended, and of ended ones now and then. */
  Map<Scope, Deadline> cooling = Map.of();

  /** When a token in quarantine may be probed, on the ticker. */
  long probeNanos = Deadline.OVER;

  @Nullable Limiter limiter;

  /** Of its slot in the present rotation; null until it was benched there. */
  @Nullable SlotReturns returns;

  /** What it takes of the heap, as the bench of its rotation has counted it. */
  int countedBytes;

  /** How often it was taken to be leased by calls that the database has yet to answer. */
  int holds;

  private RemoteHolds elsewhere = RemoteHolds.NOTHING;

  /** Whether the store does not know the health, which is over soon. */
  boolean passing;

  boolean usageUnsaved;

  /** Whether what the store has of it is not true any more. */
  boolean usageVoid;

  long usageVersion;
  long exportedVersion;
  @Nullable List<Usage> exported;

  /** The newest reported turns, round and round; 0 where there is none yet. */
  private long @Nullable [] reported;

  private int nextReported;

  TokenState(Health health, List<Usage> stored) {
    this.health = health;
    this.good = health.equals(Health.GOOD);
    this.stored = stored;
  }

  boolean isGood() {
    return good;
  }

  int held() {
    return holds + elsewhere.count();
  }

  /** Takes what is leased of the token, unless it is older than what is known. */
  void leasedElsewhere(RemoteHolds news) {
    elsewhere = elsewhere.newer(news);
  }

  /** When the first lease ends; null if there is none, or nobody knows. */
  @Nullable Instant leaseEnd() {
    return elsewhere.count() == 0 ? null : elsewhere.until();
  }

  /** Has its limits counted, from what was used of them on. */
  Limiter limit(TokenLimits limits, RotationSettings settings, long turn, Moment moment) {
    Limiter before = limiter;
    Limiter now = before;
    if (now == null || !now.isOf(limits)) {
      now = new Limiter(limits, settings.limitMargin(), settings.turnTimeout(), turn);
      if (before != null) {
        now.resume(before, moment);
      } else {
        now.restore(stored, moment);
      }
      limiter = now;
    }
    stored = List.of();
    return now;
  }

  /** Whether nothing but its settings can bench it. */
  boolean isPlain() {
    return limiter == null && good && cooling.isEmpty() && held() == 0;
  }

  /** Whether the store would give it back as it is, once it has what is unsaved. */
  boolean isStored(Moment moment) {
    if (passing) {
      for (Deadline deadline : cooling.values()) {
        if (deadline.delay(moment) > 0) {
          return false;
        }
      }
    }
    return limiter == null || limiter.isStored(moment);
  }

  /** Why the token is kept back for all scopes, leases aside; null if by nothing that passes. */
  @Nullable Hold hold(Moment moment) {
    Hold hold = Hold.longest(cooldown(Scope.ALL), limits(moment), probe(), moment);
    return hold == null ? null : hold.unlessOver(moment);
  }

  /** As it was set; it may be over. */
  @Nullable Hold cooldown(Scope scope) {
    Deadline deadline = cooling.get(scope);
    return deadline == null ? null : new Hold(BenchReason.COOLDOWN, deadline);
  }

  private @Nullable Hold limits(Moment moment) {
    return limiter == null ? null : limiter.hold(moment);
  }

  private @Nullable Hold probe() {
    return health.quarantine() == null
        ? null
        : new Hold(BenchReason.QUARANTINE, Deadline.atNanos(probeNanos));
  }

  /** Leases; null if there are none. */
  @Nullable Hold lease(Moment moment) {
    if (held() == 0) {
      return null;
    }
    Instant end = leaseEnd();
    if (end == null) {
      return UNKNOWN_LEASE;
    }
    // one that should have ended is being renewed or ended now
    Instant soon = moment.instant().plusNanos(LeaseEnds.SHORTEST);
    return new Hold(BenchReason.LEASED, Deadline.at(end.isBefore(soon) ? soon : end, moment));
  }

  /** Takes up a health: deadlines that have not changed stay as they are on their clock. */
  void adopt(Health fresh, Moment moment) {
    boolean anew = !settled;
    settled = true;
    Map<Scope, Deadline> deadlines = new HashMap<>();
    fresh
        .cooldowns()
        .forEach(
            (scope, cooldown) -> {
              Deadline deadline = deadline(scope, cooldown, anew, moment);
              if (deadline.delay(moment) > 0) {
                deadlines.put(scope, deadline);
              }
            });
    cooling = Map.copyOf(deadlines);
    Health.Quarantine quarantine = fresh.quarantine();
    Health.Quarantine before = health.quarantine();
    if (quarantine == null) {
      probeNanos = Deadline.OVER;
    } else if (anew || before == null || !before.probeTime().equals(quarantine.probeTime())) {
      probeNanos = Deadline.after(quarantine.probeTime(), moment).nanos();
    }
    health = fresh;
    good = fresh.equals(Health.GOOD);
  }

  /** Whether a cooldown keeps the token back, of a health that is about to be taken up. */
  boolean lasts(Scope scope, Health.Cooldown cooldown, Moment moment) {
    return deadline(scope, cooldown, !settled, moment).delay(moment) > 0;
  }

  private Deadline deadline(Scope scope, Health.Cooldown cooldown, boolean anew, Moment moment) {
    Deadline kept = anew ? null : kept(scope, cooldown);
    if (kept != null) {
      return kept;
    }
    return cooldown.fixed()
        ? Deadline.at(cooldown.until(), moment)
        : Deadline.after(cooldown.until(), moment);
  }

  /** The deadline of a delay that has begun before: the wall clock neither moves nor revives it. */
  private @Nullable Deadline kept(Scope scope, Health.Cooldown cooldown) {
    Health.Cooldown before = health.cooldowns().get(scope);
    if (cooldown.fixed() || before == null || !sameEnd(before, cooldown)) {
      return null;
    }
    return cooling.getOrDefault(scope, Deadline.PAST);
  }

  private static boolean sameEnd(Health.Cooldown a, Health.Cooldown b) {
    return a.until().equals(b.until()) && a.fixed() == b.fixed();
  }

  /** What it takes of the heap, in bytes, about. */
  int bytes() {
    int bytes = Footprint.STANDING + Footprint.STORED_USAGE * stored.size();
    if (!good) {
      bytes += Footprint.COOLDOWN * health.cooldowns().size();
    }
    if (reported != null) {
      bytes += Long.BYTES * REMEMBERED_REPORTS;
    }
    return limiter == null ? bytes : bytes + limiter.bytes();
  }

  int strikes() {
    int most = 0;
    for (Health.Cooldown cooldown : health.cooldowns().values()) {
      most = Math.max(most, cooldown.strikes());
    }
    return most;
  }

  boolean isReported(long turn) {
    if (reported != null && turn != 0) {
      for (long one : reported) {
        if (one == turn) {
          return true;
        }
      }
    }
    return false;
  }

  void remember(long turn) {
    if (turn != 0) {
      if (reported == null) {
        reported = new long[REMEMBERED_REPORTS];
      }
      reported[nextReported] = turn;
      nextReported = (nextReported + 1) % REMEMBERED_REPORTS;
    }
  }
}
