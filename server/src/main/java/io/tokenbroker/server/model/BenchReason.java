package io.tokenbroker.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Why a token is not handed out. */
public enum BenchReason {
  /** An operator disabled it. */
  DISABLED(6),
  /** Its time is over. */
  EXPIRED(5),
  /** Its secret is encrypted, and can't be decrypted. */
  UNREADABLE(4),
  /** The upstream refused it. */
  QUARANTINE(3),
  /** Somebody has a lease on it. */
  LEASED(2),
  /** The upstream limited it. */
  COOLDOWN(1),
  /** One of its rates, quotas or budgets here is spent. */
  RATE_LIMIT(1),
  /** As many of its turns are in use as may be. */
  CONCURRENCY(1),
  /** The whole account pauses. */
  PAUSE(0);

  private static final int PASSING = 1;

  private final int weight;

  BenchReason(int weight) {
    this.weight = weight;
  }

  /** Of several reasons, the one that weighs most is told. */
  public int weight() {
    return weight;
  }

  /** Whether it is the token's own, and over by itself: who waits may be served then. */
  public boolean isPassing() {
    return weight == PASSING;
  }

  /** The reason that the settings alone give at a time; null if there is none. */
  public static @Nullable BenchReason of(TokenSettings settings, Instant now) {
    if (!settings.enabled()) {
      return DISABLED;
    }
    Instant expireTime = settings.expireTime();
    return expireTime == null || now.isBefore(expireTime) ? null : EXPIRED;
  }
}
