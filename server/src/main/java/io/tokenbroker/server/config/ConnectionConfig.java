package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param max how many may be open, 1 to 1,000,000
 * @param maxPerAddress how many of them may come from one IP address, 1 to 1,000,000
 * @param handshakeTimeout until a new one must have spoken HTTP/2, 1 s to 10 min
 * @param maxIdle without a call before it is closed, up to 24 h; 0 never
 * @param maxAge before it is told to go, up to 30 days; 0 never
 * @param ageGrace for its calls and streams after that, up to 30 days; 0 as long as they take
 */
public record ConnectionConfig(
    int max,
    int maxPerAddress,
    Duration handshakeTimeout,
    Duration maxIdle,
    Duration maxAge,
    Duration ageGrace) {}
