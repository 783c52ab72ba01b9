package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param refreshInterval between two looks for tokens changed in the database, 100 ms to 1 h
 * @param positionInterval between two times that positions are saved, 100 ms to 1 min
 * @param unknownAccountTtl how long an account is remembered not to exist, 0 to 1 min
 * @param maxScopes how many scopes an account may have in use, 1 to 10,000
 * @param maxWaiters how many calls may wait for tokens of an account, 0 to 1,000,000
 * @param maxLoadedBytes what loaded accounts may take of memory
 * @param waitMargin how long before its deadline a call that waits gives up, 0 to 10 s
 * @param limitMargin is added to the windows of rate limits, 0 to 10 s
 * @param turnTimeout when a turn that nobody reported counts as ended, 1 s to 1 h
 */
public record RotationConfig(
    Duration refreshInterval,
    Duration positionInterval,
    Duration unknownAccountTtl,
    int maxScopes,
    int maxWaiters,
    long maxLoadedBytes,
    Duration waitMargin,
    Duration limitMargin,
    Duration turnTimeout) {}
