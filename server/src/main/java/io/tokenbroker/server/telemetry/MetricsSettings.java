package io.tokenbroker.server.telemetry;

import io.tokenbroker.server.model.Setting;

/** What is told at /metrics. */
public record MetricsSettings(
    @Setting(
            key = "metrics.max_accounts",
            value = "20",
            range = "0 to 1,000",
            doc =
                "How many accounts have series of their own at /metrics: those with the most"
                    + " turns lately.")
        int maxAccounts) {}
