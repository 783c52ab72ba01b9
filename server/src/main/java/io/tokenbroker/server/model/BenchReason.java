package io.tokenbroker.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Why a token is not handed out. */
public enum BenchReason {
  /** An operator disabled it. */
  DISABLED(6, false),
  /** Its time is over. */
  EXPIRED(5, false),
  /** Its secret is encrypted, and can't be decrypted. */
  UNREADABLE(4, false),
  /** The upstream refused it. */
  QUARANTINE(3, false),
  /** Somebody has a lease on it. */
  LEASED(2, false),
  /** The upstream limited it. */
  COOLDOWN(1, true),
  /** One of its rates, quotas or budgets here is spent. */
  RATE_LIMIT(1, true),
  /** As many of its turns are in use as may be. */
  CONCURRENCY(1, true),
  /** The whole account pauses. */
  PAUSE(0, false);

  private final int weight;
  private final boolean passing;

  BenchReason(int weight, boolean passing) {
    this.weight = weight;
    this.passing = passing;
  }

  /** Of several reasons, the one that weighs most is told. */
  public int weight() {
    return weight;
  }

  /**
   * Whether it is the token's own, and over by itself: who waits may be served then, and who does
   * not hears TOKENS_COOLING. Else it is TOKENS_QUARANTINED, and waiting is in vain.
   */
  public boolean isPassing() {
    return passing;
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
