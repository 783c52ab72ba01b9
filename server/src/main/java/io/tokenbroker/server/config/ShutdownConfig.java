package io.tokenbroker.server.config;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** How the broker stops. */
public record ShutdownConfig(
    @Setting(
            key = "shutdown.delay",
            value = "0s",
            range = "0s to 10m",
            doc =
                "How long health says NOT_SERVING before connections are told to go, for load"
                    + " balancers to notice.")
        Duration delay,
    @Setting(
            key = "shutdown.grace",
            value = "10s",
            range = "1s to 10m",
            doc = "How long calls in flight may take after that before they are cut off.")
        Duration grace,
    @Setting(
            key = "shutdown.save_grace",
            value = "10s",
            range = "1s to 10m",
            doc = "How long the last positions and states may take to be saved after that.")
        Duration saveGrace) {}
