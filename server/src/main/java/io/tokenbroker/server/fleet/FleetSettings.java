package io.tokenbroker.server.fleet;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** How the members of a fleet watch each other. */
public record FleetSettings(
    @Setting(
            key = "fleet.heartbeat",
            value = "1s",
            range = "100ms to 1m",
            doc = "How often a broker of a fleet renews what it owns, with one statement.")
        Duration heartbeat,
    @Setting(
            key = "fleet.ttl",
            value = "5s",
            range = "500ms to 10m",
            doc =
                "How long a broker owns its accounts without a renewal; others take them over that"
                    + " long after a crash.",
            notBelow = "fleet.heartbeat")
        Duration ttl,
    @Setting(
            key = "fleet.on_split",
            value = "refuse",
            doc =
                "What a broker does with accounts that have limits while it can't know whether it"
                    + " still owns them: refuse, or serve, which may exceed a limit.")
        OnSplit onSplit) {
  /** What becomes of accounts with limits while nobody can say who owns them. */
  public enum OnSplit {
    REFUSE,
    SERVE
  }

  /** Of the TTL, what an owner does not use, see {@link Tenure}. */
  public Duration margin() {
    return ttl.dividedBy(10);
  }
}
