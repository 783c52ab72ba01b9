package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param refreshInterval between two looks for tokens changed in the database, 100 ms to 1 h
 * @param positionInterval between two times that positions are saved, 100 ms to 1 min
 * @param unknownAccountTtl how long an account is remembered not to exist, 0 to 1 min
 */
public record RotationConfig(
    Duration refreshInterval, Duration positionInterval, Duration unknownAccountTtl) {}
