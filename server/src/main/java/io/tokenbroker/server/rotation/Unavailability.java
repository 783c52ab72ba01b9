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
    return (bench.isPaused() && bench.counts(lane).size() < tokens(lane))
        || cools(lane, lease, moment);
  }

  /** How many tokens the lane may have. */
  private int tokens(ScopeLane lane) {
    Confinement confinement = lane.confinement();
    return confinement == null ? tokens : confinement.tokens();
  }

  private boolean cools(ScopeLane lane, boolean lease, Moment moment) {
    BenchCounts counts = bench.counts(lane);
    boolean any =
        counts.anyPasses()
            || (lease && counts.of(BenchReason.LEASED) > 0)
            || bench.coolingCount(lane) > 0;
    return any && bench.delay(lane, lease, false, moment) != Long.MAX_VALUE;
  }

  /** Whether waiting may help. */
  boolean isPassing(ScopeLane lane, boolean lease, Moment moment) {
    return bench.counts(lane).of(BenchReason.LEASED) > 0 || endsByItself(lane, lease, moment);
  }

  BrokerException failure(ScopeLane lane, boolean lease, Moment moment) {
    if (tokens(lane) == 0) {
      return BrokerException.credentialsDoNotExist(account);
    }
    BenchCounts counts = bench.counts(lane);
    if (endsByItself(lane, lease, moment)) {
      long delay =
          Math.min(bench.delay(lane, lease, true, moment), bench.leaseDelay(lane, lease, moment));
      Instant ready = moment.instant().plusNanos(delay);
      return BrokerException.tokensCooling(
          account, lane.scope(), ready, Duration.ofNanos(delay), reasons(lane));
    }
    int leased = counts.of(BenchReason.LEASED);
    if (leased > 0) {
      long end = bench.leaseDelay(lane, lease, moment);
      return BrokerException.tokensLeased(
          account, leased, end == Long.MAX_VALUE ? LEASE_GUESS : Duration.ofNanos(end));
    }
    return BrokerException.tokensQuarantined(
        account,
        counts.of(BenchReason.DISABLED),
        counts.of(BenchReason.EXPIRED),
        counts.of(BenchReason.QUARANTINE),
        counts.of(BenchReason.UNREADABLE));
  }

  private Map<String, Integer> reasons(ScopeLane lane) {
    BenchCounts counts = bench.counts(lane);
    Map<String, Integer> reasons = new TreeMap<>();
    for (BenchReason reason : BenchReason.values()) {
      reasons.put(reason.name().toLowerCase(Locale.ROOT), counts.of(reason));
    }
    int ready = tokens(lane) - counts.size();
    reasons.merge("cooldown", ready - lane.turns.ready(), Integer::sum);
    if (bench.isPaused()) {
      reasons.put("pause", lane.turns.ready());
    }
    reasons.values().removeIf(count -> count == 0);
    return reasons;
  }
}
