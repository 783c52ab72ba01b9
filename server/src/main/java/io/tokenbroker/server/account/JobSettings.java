package io.tokenbroker.server.account;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** How often the jobs run. */
public record JobSettings(
    @Setting(
            key = "refresh_interval",
            value = "5s",
            range = "100ms to 1h",
            doc = "How often to look for tokens that were changed behind the broker's back.")
        Duration refreshInterval,
    @Setting(
            key = "position_interval",
            value = "1s",
            range = "100ms to 1m",
            doc = "How often to save positions; a crash repeats at most the turns since.")
        Duration positionInterval) {}
