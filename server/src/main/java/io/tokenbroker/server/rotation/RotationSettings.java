package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What operators choose about rotations; {@code unknownTtl} is about some thousands of names. */
public record RotationSettings(
    @Setting(
            key = "unknown_account_ttl",
            value = "1s",
            range = "0s to 1m",
            doc =
                "How long to remember that an account does not exist; 0s asks the database every"
                    + " time.")
        Duration unknownTtl,
    @Setting(
            key = "rotation.max_scopes",
            value = "64",
            range = "1 to 10,000",
            doc =
                "How many scopes one account may have; one that no token cools for and nobody waits"
                    + " in makes room when it is needed.")
        int maxScopes,
    @Setting(
            key = "rotation.max_waiters",
            value = "10000",
            range = "0 to 1,000,000",
            doc =
                "How many calls may wait for tokens of one account; beyond, callers get"
                    + " RESOURCE_EXHAUSTED.")
        int maxWaiters,
    @Setting(
            key = "rotation.wait_margin",
            value = "50ms",
            range = "0s to 10s",
            doc =
                "How long before its deadline a waiting call gives up, so that its caller hears why.")
        Duration waitMargin,
    @Setting(
            key = "rotation.limit_margin",
            value = "50ms",
            range = "0s to 10s",
            doc =
                "What is added to the windows of rate limits, because calls reach the upstream with"
                    + " different delays.")
        Duration limitMargin,
    @Setting(
            key = "rotation.turn_timeout",
            value = "60s",
            range = "1s to 1h",
            doc = "When a turn that nobody reported no longer counts against max_concurrent.")
        Duration turnTimeout,
    @Setting(
            key = "outcome.probe_delay_max",
            value = "24h",
            range = "1s to 720h",
            notBelow = "outcome.probe_delay",
            doc = "How far the delay between two such tries doubles.")
        Duration maxProbeDelay,
    @Setting(
            key = "rotation.max_loaded_bytes",
            value = "25%",
            doc =
                "How much memory loaded accounts may take, by a careful estimate; beyond, the"
                    + " longest unused are put out, and if all are in use, accounts that are not"
                    + " loaded get UNAVAILABLE.")
        long maxLoadedBytes) {}
