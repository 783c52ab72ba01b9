package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes tokens to people. Used under the stripe. */
final class States {
  private States() {}

  static TokenStatus of(Slot slot, Bench bench, Now now) {
    BenchReason reason = slot.benched;
    if (slot.probeDue) {
      // ready for a probe, but still what it is
      reason = BenchReason.QUARANTINE;
    }
    if (reason == null && bench.isPaused()) {
      reason = BenchReason.PAUSE;
    }
    return new TokenStatus(
        new TokenInfo(slot.token.id(), slot.token.settings()),
        reason,
        reason == null ? null : readyTime(slot, reason, bench, now),
        scopes(slot, now),
        slot.served,
        slot.strikes(),
        slot.probeDue && !bench.isPaused());
  }

  private static @Nullable Instant readyTime(Slot slot, BenchReason reason, Bench bench, Now now) {
    return switch (reason) {
      case DISABLED, EXPIRED, UNREADABLE -> null;
      case LEASED -> slot.leaseEnd();
      case PAUSE -> time(pause(bench, now), now);
      case QUARANTINE -> time(Math.max(bench.wideDelay(slot), pause(bench, now)), now);
      case COOLDOWN, RATE_LIMIT, CONCURRENCY -> time(bench.wideDelay(slot), now);
    };
  }

  private static long pause(Bench bench, Now now) {
    return bench.pause == null ? 0 : bench.pause.delay(now);
  }

  private static Instant time(long delay, Now now) {
    return Instant.ofEpochMilli(now.millis).plusNanos(delay);
  }

  private static List<ScopeBench> scopes(Slot slot, Now now) {
    List<ScopeBench> scopes = new ArrayList<>();
    slot.cooling()
        .forEach(
            (scope, deadline) -> {
              if (!scope.isAll() && deadline.delay(now) > 0) {
                scopes.add(new ScopeBench(scope, time(deadline.delay(now), now)));
              }
            });
    scopes.sort(Comparator.comparing(bench -> bench.scope().value()));
    return scopes;
  }
}
