package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.LeasePolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long leases may last. */
public record LeaseBounds(Duration minTtl, Duration defaultTtl, Duration maxTtl) {
  public static final LeaseBounds DEFAULT =
      new LeaseBounds(LeasePolicy.SHORTEST_TTL, Duration.ofSeconds(30), Duration.ofHours(1));

  /** These bounds, with what an account has of its own in their place. */
  public LeaseBounds with(LeasePolicy policy) {
    Duration min = orElse(policy.minTtl(), minTtl);
    Duration max = orElse(policy.maxTtl(), maxTtl);
    if (min.compareTo(max) > 0) {
      // what the account has counts, and the default gives way
      if (policy.minTtl() == null) {
        min = max;
      } else {
        max = min;
      }
    }
    Duration usual = orElse(policy.defaultTtl(), defaultTtl);
    if (usual.compareTo(min) < 0) {
      usual = min;
    }
    return new LeaseBounds(min, usual.compareTo(max) > 0 ? max : usual, max);
  }

  /** The TTL that is asked for in whole milliseconds, or the default. */
  public Duration check(@Nullable Duration asked) {
    if (asked == null) {
      return defaultTtl;
    }
    if (asked.compareTo(minTtl) < 0 || asked.compareTo(maxTtl) > 0) {
      throw BrokerException.invalidField(
          "ttl",
          "must be %s to %s s, is %s s"
              .formatted(seconds(minTtl), seconds(maxTtl), seconds(asked)));
    }
    return Duration.ofMillis(asked.toMillis());
  }

  private static Duration orElse(@Nullable Duration own, Duration common) {
    return own == null ? common : own;
  }

  private static String seconds(Duration duration) {
    return java.math.BigDecimal.valueOf(duration.getSeconds())
        .add(java.math.BigDecimal.valueOf(duration.getNano(), 9))
        .stripTrailingZeros()
        .toPlainString();
  }
}
