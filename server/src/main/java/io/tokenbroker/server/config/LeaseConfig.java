package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param minTtl of accounts with no bound of their own, 1 s to 24 h, as the next two; in order
 * @param streamGrace how long the leases of a broken stream wait for their holder, 0 to 24 h
 * @param queue how many changes of leases may wait for the database, 1 to 1,000,000
 */
public record LeaseConfig(
    Duration minTtl,
    Duration defaultTtl,
    Duration maxTtl,
    Duration streamGrace,
    OnShutdown onShutdown,
    int queue) {
  /** What a stop does with the leases of streams. */
  public enum OnShutdown {
    KEEP,
    RELEASE
  }
}
