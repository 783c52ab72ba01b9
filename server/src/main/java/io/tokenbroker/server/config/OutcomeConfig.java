package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * What reported outcomes do; see docs/outcomes.md. Each range is that of its key.
 *
 * @param backoffMin how long the first RATE_LIMITED without a time cools
 * @param backoffMax how far that doubles; not below {@code backoffMin}
 * @param quotaBackoff how long the first QUOTA_EXHAUSTED without a time cools
 * @param resetBuffer is added to times that upstreams tell
 * @param resetJitter the most that is added at random to times that upstreams tell
 * @param forbiddenLimit how many FORBIDDEN in a row quarantine
 * @param probeDelay from the start of a quarantine to its first probe
 * @param probeDelayMax how far that doubles; not below {@code probeDelay}
 * @param pauseTokens how many tokens must be limited at once for a pause
 * @param pauseWindow how close together that must be
 * @param persistOver a cooldown that lasts longer is saved
 */
public record OutcomeConfig(
    Duration backoffMin,
    Duration backoffMax,
    Duration quotaBackoff,
    Duration resetBuffer,
    Duration resetJitter,
    int forbiddenLimit,
    Duration probeDelay,
    Duration probeDelayMax,
    int pauseTokens,
    Duration pauseWindow,
    Duration persistOver) {}
