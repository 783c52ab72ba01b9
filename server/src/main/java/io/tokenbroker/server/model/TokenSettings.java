package io.tokenbroker.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may set on a token at any time.
 *
 * @param label up to 255 characters, may be empty
 * @param weight share of the turns relative to the account's other tokens, 1 to 100
 * @param enabled false keeps the token on the bench
 * @param expireTime from when on the token is never handed out; null if never
 * @param limits its own limits, in place of its account's; null if it has none of its own
 */
public record TokenSettings(
    String label,
    int weight,
    boolean enabled,
    @Nullable Instant expireTime,
    @Nullable TokenLimits limits) {
  public static final int MAX_WEIGHT = 100;
  public static final int MAX_LABEL_LENGTH = 255;
  public static final TokenSettings DEFAULT = new TokenSettings("", 1, true, null);

  public TokenSettings {
    Text.requireShort(label, MAX_LABEL_LENGTH);
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("must be 1 to " + MAX_WEIGHT + ", is " + weight);
    }
  }

  /** Without limits of its own. */
  public TokenSettings(String label, int weight, boolean enabled, @Nullable Instant expireTime) {
    this(label, weight, enabled, expireTime, null);
  }

  public TokenSettings withLabel(String label) {
    return new TokenSettings(label, weight, enabled, expireTime, limits);
  }

  public TokenSettings withWeight(int weight) {
    return new TokenSettings(label, weight, enabled, expireTime, limits);
  }

  public TokenSettings withEnabled(boolean enabled) {
    return new TokenSettings(label, weight, enabled, expireTime, limits);
  }

  public TokenSettings withExpireTime(@Nullable Instant expireTime) {
    return new TokenSettings(label, weight, enabled, expireTime, limits);
  }

  public TokenSettings withLimits(@Nullable TokenLimits limits) {
    return new TokenSettings(label, weight, enabled, expireTime, limits);
  }
}
