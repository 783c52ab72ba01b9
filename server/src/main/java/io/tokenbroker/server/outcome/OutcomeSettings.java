package io.tokenbroker.server.outcome;

import java.time.Duration;

/**
 * What an operator can choose about outcomes; see docs/configuration.md.
 *
 * @param backoffMin how long the first RATE_LIMITED without a time cools; doubles with each strike
 * @param backoffMax how far it doubles
 * @param quotaBackoff how long the first QUOTA_EXHAUSTED without a time cools; doubles up to a day
 * @param resetBuffer is added to every time that the upstream told
 * @param resetJitter the most that is added at random to every time that the upstream told
 * @param forbiddenLimit how many FORBIDDEN in a row quarantine, from 1
 * @param probeDelay from the start of a quarantine to its first probe; the rotation doubles it with
 *     each probe
 * @param pauseTokens how many tokens of an account at least must be limited at once for a pause
 * @param pauseWindow how close together that must be
 */
public record OutcomeSettings(
    Duration backoffMin,
    Duration backoffMax,
    Duration quotaBackoff,
    Duration resetBuffer,
    Duration resetJitter,
    int forbiddenLimit,
    Duration probeDelay,
    int pauseTokens,
    Duration pauseWindow) {
  public static final OutcomeSettings DEFAULT =
      new OutcomeSettings(
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofHours(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          3,
          Duration.ofMinutes(1),
          5,
          Duration.ofSeconds(2));
}
