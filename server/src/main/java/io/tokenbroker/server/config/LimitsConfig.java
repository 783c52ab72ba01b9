package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param maxCallsPerConnection calls and streams open at once, 1 to 100,000
 * @param maxResets of calls by a connection within 10 s, 100 to 1,000,000
 * @param maxUnsentBytes of answers that are not read, 4 MiB to 1 GiB
 * @param maxMessageBytes of a request, 64 KiB to 64 MiB
 * @param maxRequestBytes what all open calls may take of memory with their requests
 * @param keepaliveMinTime between two pings of a client, 1 s to 1 h
 * @param keepaliveTime of silence before the broker pings, 1 s to 1 h
 * @param keepaliveTimeout until a client that does not answer is taken for gone, 1 s to 10 min
 */
public record LimitsConfig(
    int maxCallsPerConnection,
    int maxResets,
    int maxUnsentBytes,
    int maxMessageBytes,
    long maxRequestBytes,
    Duration keepaliveMinTime,
    Duration keepaliveTime,
    Duration keepaliveTimeout) {}
