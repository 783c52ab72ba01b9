package io.tokenbroker.server.rotation;

import java.time.Duration;

/**
 * @param unknownTtl how long an account that the store does not have is taken for unknown without
 *     asking again; some thousands are remembered
 * @param maxScopes how many scopes an account may have in use, from 1
 * @param maxWaiters how many calls may wait for an account's tokens, from 0
 * @param waitMargin how long before the end of its patience a waiting call gives up, so that its
 *     caller hears why
 * @param limitMargin is added to the windows of rate limits, because calls take their time to the
 *     upstream, and not all the same
 * @param turnTimeout when a turn that nobody reported is no longer taken for in use
 * @param maxProbeDelay the doubling delay between two probes of a quarantined token ends here
 * @param maxLoadedBytes how much memory loaded accounts may take, about
 */
public record RotationSettings(
    Duration unknownTtl,
    int maxScopes,
    int maxWaiters,
    Duration waitMargin,
    Duration limitMargin,
    Duration turnTimeout,
    Duration maxProbeDelay,
    long maxLoadedBytes) {
  public static final RotationSettings DEFAULT =
      new RotationSettings(
          Duration.ofSeconds(1),
          64,
          10_000,
          Duration.ofMillis(50),
          Duration.ofMillis(50),
          Duration.ofSeconds(60),
          Duration.ofHours(24));

  /** With as many loaded accounts as there are. */
  public RotationSettings(
      Duration unknownTtl,
      int maxScopes,
      int maxWaiters,
      Duration waitMargin,
      Duration limitMargin,
      Duration turnTimeout,
      Duration maxProbeDelay) {
    this(
        unknownTtl,
        maxScopes,
        maxWaiters,
        waitMargin,
        limitMargin,
        turnTimeout,
        maxProbeDelay,
        Long.MAX_VALUE);
  }

  public RotationSettings withUnknownTtl(Duration ttl) {
    return new RotationSettings(
        ttl,
        maxScopes,
        maxWaiters,
        waitMargin,
        limitMargin,
        turnTimeout,
        maxProbeDelay,
        maxLoadedBytes);
  }

  public RotationSettings withMaxLoadedBytes(long bytes) {
    return new RotationSettings(
        unknownTtl,
        maxScopes,
        maxWaiters,
        waitMargin,
        limitMargin,
        turnTimeout,
        maxProbeDelay,
        bytes);
  }
}
