package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What operators choose about outcomes; see docs/outcomes.md. */
public record OutcomeSettings(
    @Setting(
            key = "outcome.backoff_min",
            value = "1s",
            range = "100ms to 1h",
            doc =
                "How long a token cools after RATE_LIMITED without a time; doubles with each"
                    + " further one.")
        Duration backoffMin,
    @Setting(
            key = "outcome.backoff_max",
            value = "5m",
            range = "1s to 24h",
            notBelow = "outcome.backoff_min",
            doc = "How far that doubles.")
        Duration backoffMax,
    @Setting(
            key = "outcome.quota_backoff",
            value = "1h",
            range = "1m to 24h",
            doc = "How long a token cools after QUOTA_EXHAUSTED without a time; doubles up to 24h.")
        Duration quotaBackoff,
    @Setting(
            key = "outcome.reset_buffer",
            value = "1s",
            range = "0s to 1m",
            doc = "Is added to the times that upstreams tell, for clocks differ.")
        Duration resetBuffer,
    @Setting(
            key = "outcome.reset_jitter",
            value = "1s",
            range = "0s to 1m",
            doc =
                "The most that is added at random on top of that, so that not all come back at"
                    + " once.")
        Duration resetJitter,
    @Setting(
            key = "outcome.forbidden_limit",
            value = "3",
            range = "1 to 1,000",
            doc = "How many FORBIDDEN in a row put a token into quarantine.")
        int forbiddenLimit,
    @Setting(
            key = "outcome.probe_delay",
            value = "1m",
            range = "1s to 24h",
            doc = "When a token in quarantine is tried again; doubles with each try.")
        Duration probeDelay,
    @Setting(
            key = "outcome.pause_tokens",
            value = "5",
            range = "3 to 1,000,000",
            doc =
                "How many tokens of an account must be limited at once for the whole account to"
                    + " pause.")
        int pauseTokens,
    @Setting(
            key = "outcome.pause_window",
            value = "2s",
            range = "100ms to 1m",
            doc = "How close together that must be.")
        Duration pauseWindow,
    @Setting(
            key = "outcome.persist_over",
            value = "10s",
            range = "1s to 1h",
            doc = "A cooldown that lasts longer is saved, to be known after a restart.")
        Duration persistOver) {}
