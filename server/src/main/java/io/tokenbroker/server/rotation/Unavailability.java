package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Why a lane has no token, for those who asked for one. Used under the stripe. */
final class Unavailability {
  /** When nobody knows when a lease ends. */
  private static final Duration LEASE_GUESS = Duration.ofSeconds(1);

  private final AccountId account;
  private final Bench bench;
  private final int tokens;

  Unavailability(AccountId account, Bench bench, int tokens) {
    this.account = account;
    this.bench = bench;
    this.tokens = tokens;
  }

  /** Whether a token will be ready by itself, a probe aside. */
  boolean endsByItself(ScopeLane lane, boolean lease, Moment moment) {
    return (bench.isPaused() && bench.size() < tokens) || cools(lane, lease, moment);
  }

  private boolean cools(ScopeLane lane, boolean lease, Moment moment) {
    boolean any =
        bench.anyPasses()
            || (lease && bench.count(BenchReason.LEASED) > 0)
            || lane.coolingCount() > 0;
    return any && bench.delay(lane, lease, false, moment) != Long.MAX_VALUE;
  }

  /** Whether waiting may help. */
  boolean isPassing(ScopeLane lane, boolean lease, Moment moment) {
    return bench.count(BenchReason.LEASED) > 0 || endsByItself(lane, lease, moment);
  }

  BrokerException failure(ScopeLane lane, boolean lease, Moment moment) {
    if (endsByItself(lane, lease, moment)) {
      long delay =
          Math.min(bench.delay(lane, lease, true, moment), bench.leaseDelay(lane, lease, moment));
      Instant ready = moment.instant().plusNanos(delay);
      return BrokerException.tokensCooling(
          account, lane.scope, ready, Duration.ofNanos(delay), reasons(lane));
    }
    int leased = bench.count(BenchReason.LEASED);
    if (leased > 0) {
      long end = bench.leaseDelay(lane, lease, moment);
      return BrokerException.tokensLeased(
          account, leased, end == Long.MAX_VALUE ? LEASE_GUESS : Duration.ofNanos(end));
    }
    return BrokerException.tokensQuarantined(
        account,
        bench.count(BenchReason.DISABLED),
        bench.count(BenchReason.EXPIRED),
        bench.count(BenchReason.QUARANTINE),
        bench.count(BenchReason.UNREADABLE));
  }

  private Map<String, Integer> reasons(ScopeLane lane) {
    Map<String, Integer> reasons = new TreeMap<>();
    for (BenchReason reason : BenchReason.values()) {
      reasons.put(reason.name().toLowerCase(Locale.ROOT), bench.count(reason));
    }
    int ready = tokens - bench.size();
    reasons.merge("cooldown", ready - lane.turns.ready(), Integer::sum);
    if (bench.isPaused()) {
      reasons.put("pause", lane.turns.ready());
    }
    reasons.values().removeIf(count -> count == 0);
    return reasons;
  }
}
