package io.tokenbroker.server.alert;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What is told by webhooks, and how long it is tried. */
public record AlertSettings(
    @Setting(
            key = "webhook.low_tokens",
            value = "2",
            range = "1 to 10,000",
            doc =
                "An account is low when fewer of its tokens can be handed out soon; of one that has"
                    + " fewer, when not all of them can.")
        int lowTokens,
    @Setting(
            key = "webhook.soon",
            value = "1m",
            range = "0s to 24h",
            doc =
                "What is soon: a token that cools no longer than this counts as one that can be"
                    + " handed out.")
        Duration soon,
    @Setting(
            key = "webhook.settle",
            value = "1m",
            range = "0s to 24h",
            doc =
                "How long an account has to be low, out or well again before that is told, so that"
                    + " one that goes back and forth is not told of each time.")
        Duration settle,
    @Setting(
            key = "webhook.expiring",
            value = "168h",
            range = "0s to 8760h",
            doc = "How long before it expires a token is told of; 0s for never.")
        Duration expiring,
    @Setting(
            key = "webhook.timeout",
            value = "10s",
            range = "100ms to 1m",
            doc = "How long a receiver may take to answer, connecting included.")
        Duration timeout,
    @Setting(
            key = "webhook.give_up_after",
            value = "24h",
            range = "1m to 168h",
            doc = "How long an alert is tried again that is not delivered.")
        Duration giveUpAfter,
    @Setting(
            key = "webhook.queue_bytes",
            value = "4MiB",
            range = "64KiB to 64MiB",
            doc =
                "How much memory alerts may take that are not delivered yet; beyond, the oldest are"
                    + " dropped, and counted.")
        int queueBytes) {}
