package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param maxCallsPerConnection calls and streams open at once, 1 to 100,000
 * @param maxMessageBytes of a request, 64 KiB to 64 MiB
 * @param keepaliveMinTime between two pings of a client, 1 s to 1 h
 */
public record LimitsConfig(
    int maxCallsPerConnection, int maxMessageBytes, Duration keepaliveMinTime) {}
