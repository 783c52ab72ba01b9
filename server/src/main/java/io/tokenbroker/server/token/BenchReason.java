package io.tokenbroker.server.token;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Why a token is not handed out. */
public enum BenchReason {
  DISABLED,
  EXPIRED;

  /** The reason that the settings alone give at a time; null if there is none. */
  public static @Nullable BenchReason of(TokenSettings settings, Instant now) {
    if (!settings.enabled()) {
      return DISABLED;
    }
    Instant expireTime = settings.expireTime();
    return expireTime == null || now.isBefore(expireTime) ? null : EXPIRED;
  }
}
