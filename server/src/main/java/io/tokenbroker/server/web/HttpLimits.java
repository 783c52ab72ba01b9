package io.tokenbroker.server.web;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What connections of the HTTP port may take of time. */
public record HttpLimits(
    @Setting(
            key = "http.request_timeout",
            value = "10s",
            range = "1s to 10m",
            doc =
                "How long a request may take to come, head and body each; a connection that is"
                    + " slower is closed.")
        Duration request,
    @Setting(
            key = "http.max_idle",
            value = "1m",
            range = "1s to 24h",
            doc = "After how long without a request a connection is closed.")
        Duration idle,
    @Setting(
            key = "http.write_timeout",
            value = "30s",
            range = "1s to 10m",
            doc = "How long a caller may take none of what is sent; then the connection is closed.")
        Duration write) {}
