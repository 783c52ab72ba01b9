package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What calls may take, and how connections are seen to be alive. */
public record CallLimits(
    @Setting(
            key = "limits.max_calls_per_connection",
            value = "1000",
            range = "1 to 100,000",
            doc =
                "How many calls and streams one connection may have open at once; in a fleet at"
                    + " least 400, as brokers have so many with each other.")
        int callsPerConnection,
    @Setting(
            key = "limits.max_resets",
            value = "3000",
            range = "100 to 1,000,000",
            doc =
                "How many calls a connection may cancel within 10 s; one that cancels more is"
                    + " disconnected.")
        int resets,
    @Setting(
            key = "limits.max_unsent_bytes",
            value = "64MiB",
            range = "4MiB to 1024MiB",
            doc =
                "How much memory answers may take that callers do not read; a connection may have"
                    + " as much as is left for all others, and its calls get UNAVAILABLE beyond. Streams"
                    + " get up to 8 KiB ahead of their readers, and less the more there are.")
        int unsentBytes,
    @Setting(
            key = "limits.max_message_size",
            value = "4MiB",
            range = "64KiB to 64MiB",
            doc = "The largest request that is accepted.")
        int messageBytes,
    @Setting(
            key = "limits.max_request_bytes",
            value = "25%",
            doc =
                "How much memory open calls may take with their requests, each 4 KiB and twice its"
                    + " request; a connection may have as much as is left for all others, and gets"
                    + " UNAVAILABLE beyond.")
        long requestBytes,
    @Setting(
            key = "keepalive.min_time",
            value = "10s",
            range = "1s to 1h",
            doc = "How often a client may ping at most; one that pings more is disconnected.")
        Duration keepaliveMinTime,
    @Setting(
            key = "keepalive.time",
            value = "20s",
            range = "1s to 1h",
            doc =
                "After how much silence on a connection the broker asks whether its client is"
                    + " there.")
        Duration keepaliveTime,
    @Setting(
            key = "keepalive.timeout",
            value = "10s",
            range = "1s to 10m",
            doc = "How long it waits for an answer before it takes the client for gone.")
        Duration keepaliveTimeout) {}
