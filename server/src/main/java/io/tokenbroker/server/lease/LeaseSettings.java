package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.Setting;
import java.time.Duration;

/** What operators choose about leases. */
public record LeaseSettings(
    LeaseBounds bounds,
    @Setting(
            key = "lease.stream_grace",
            value = "24h",
            range = "0s to 24h",
            doc =
                "How long the leases of a broken stream wait for their holder to come back; at most"
                    + " their TTL. With less than their TTL, others may have them while a holder"
                    + " that was cut off still relies on them.")
        Duration streamGrace,
    @Setting(
            key = "lease.on_shutdown",
            value = "keep",
            doc =
                "What a stop does with the leases of streams: keep leaves them to be picked up"
                    + " through another broker, or the next process, until they expire.")
        OnShutdown onShutdown,
    @Setting(
            key = "lease.queue",
            value = "10000",
            range = "1 to 1,000,000",
            doc =
                "How many changes of leases may wait for the database; beyond, callers get"
                    + " UNAVAILABLE.")
        int queue) {
  /** What a stop does with the leases of streams. */
  public enum OnShutdown {
    KEEP,
    RELEASE
  }
}
