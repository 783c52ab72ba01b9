package io.tokenbroker.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Why a token is not handed out. */
public enum BenchReason {
  /** An operator disabled it. */
  DISABLED,
  /** Its time is over. */
  EXPIRED,
  /** Its secret is encrypted, and can't be decrypted. */
  UNREADABLE,
  /** The upstream refused it. */
  QUARANTINE,
  /** Somebody has a lease on it. */
  LEASED,
  /** The upstream limited it. */
  COOLDOWN,
  /** One of its rates, quotas or budgets here is spent. */
  RATE_LIMIT,
  /** As many of its turns are in use as may be. */
  CONCURRENCY,
  /** The whole account pauses. */
  PAUSE;

  /** The reason that the settings alone give at a time; null if there is none. */
  public static @Nullable BenchReason of(TokenSettings settings, Instant now) {
    if (!settings.enabled()) {
      return DISABLED;
    }
    Instant expireTime = settings.expireTime();
    return expireTime == null || now.isBefore(expireTime) ? null : EXPIRED;
  }
}
