package io.tokenbroker.server.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What bounds the leases of an account, as an operator set it. All durations are 1 s to 24 h, in
 * whole milliseconds.
 *
 * @param maxLeasesPerToken 1 to 1,000,000; 0 stands for 1
 * @param maxLeases of the account, 1 to 1,000,000; 0 means any number
 * @param maxLeasesPerHolder 1 to 1,000,000; 0 means any number
 * @param minTtl null for the broker's default, as the next two
 */
public record LeasePolicy(
    int maxLeasesPerToken,
    int maxLeases,
    int maxLeasesPerHolder,
    @Nullable Duration minTtl,
    @Nullable Duration maxTtl,
    @Nullable Duration defaultTtl) {
  public static final int MAX_COUNT = 1_000_000;
  public static final Duration SHORTEST_TTL = Duration.ofSeconds(1);
  public static final Duration LONGEST_TTL = Duration.ofHours(24);
  public static final LeasePolicy DEFAULT = new LeasePolicy(0, 0, 0, null, null, null);

  public LeasePolicy {
    requireCount("max_leases_per_token", maxLeasesPerToken);
    requireCount("max_leases", maxLeases);
    requireCount("max_leases_per_holder", maxLeasesPerHolder);
    requireTtl("min_ttl", minTtl);
    requireTtl("max_ttl", maxTtl);
    requireTtl("default_ttl", defaultTtl);
    requireOrder("min_ttl", minTtl, "max_ttl", maxTtl);
    requireOrder("min_ttl", minTtl, "default_ttl", defaultTtl);
    requireOrder("default_ttl", defaultTtl, "max_ttl", maxTtl);
  }

  /** How many leases a token may have at once, from 1. */
  public int perToken() {
    return Math.max(1, maxLeasesPerToken);
  }

  /** Whether anything but the number per token is bounded. */
  public boolean hasCaps() {
    return maxLeases > 0 || maxLeasesPerHolder > 0;
  }

  private static void requireCount(String name, int count) {
    require(count >= 0 && count <= MAX_COUNT, name + " must be 0 to " + MAX_COUNT);
  }

  private static void requireTtl(String name, @Nullable Duration ttl) {
    require(
        ttl == null || (ttl.compareTo(SHORTEST_TTL) >= 0 && ttl.compareTo(LONGEST_TTL) <= 0),
        name + " must be 1 s to 24 h");
  }

  private static void requireOrder(
      String lowName, @Nullable Duration low, String highName, @Nullable Duration high) {
    require(
        low == null || high == null || low.compareTo(high) <= 0,
        lowName + " must not be longer than " + highName);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
