package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.Health.Cooldown;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Until when something that the upstream limited is left alone. */
record CooldownRules(OutcomeSettings settings, LongUnaryOperator random) {
  /** How far the back-off of a spent quota doubles. */
  private static final Duration QUOTA_BACKOFF_MAX = Duration.ofHours(24);

  /**
   * The cooldown after another report. One that comes while the token cools is of a turn from
   * before it: it is no further strike, and it can only prolong.
   *
   * @param old null if there is none
   */
  Cooldown next(@Nullable Cooldown old, Report report, Instant now) {
    if (old == null) {
      return fresh(1, report, now);
    }
    if (!now.isBefore(old.until())) {
      return fresh(next(old.strikes()), report, now);
    }
    Cooldown fresh = fresh(old.strikes(), report, now);
    return fresh.until().isAfter(old.until()) ? fresh : old;
  }

  private Cooldown fresh(int strikes, Report report, Instant now) {
    return new Cooldown(strikes, until(report, strikes, now), report.resetTime() != null);
  }

  private static int next(int strikes) {
    return strikes == Integer.MAX_VALUE ? strikes : strikes + 1;
  }

  Instant until(Report report, int strikes, Instant now) {
    Duration retryAfter = report.retryAfter();
    if (retryAfter != null) {
      return now.plus(retryAfter).plus(margin());
    }
    Instant resetTime = report.resetTime();
    if (resetTime != null) {
      return later(now, resetTime).plus(margin());
    }
    return now.plus(
        report.outcome() == Outcome.QUOTA_EXHAUSTED
            ? doubled(settings.quotaBackoff(), strikes - 1, QUOTA_BACKOFF_MAX)
            : doubled(settings.backoffMin(), strikes - 1, settings.backoffMax()));
  }

  /** Clocks differ, and not everybody should come back in the same millisecond. */
  private Duration margin() {
    long jitterNanos = settings.resetJitter().toNanos();
    return settings.resetBuffer().plusNanos(random.applyAsLong(jitterNanos + 1));
  }

  /** A duration doubled so many times, but no longer than the longest. */
  static Duration doubled(Duration first, int times, Duration longest) {
    Duration duration = first;
    for (int i = 0; i < times && duration.compareTo(longest) < 0; i++) {
      duration = duration.multipliedBy(2);
    }
    return duration.compareTo(longest) < 0 ? duration : longest;
  }

  static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }
}
