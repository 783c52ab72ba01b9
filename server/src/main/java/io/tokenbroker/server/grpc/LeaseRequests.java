package io.tokenbroker.server.grpc;

import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the fields of requests about leases. */
final class LeaseRequests {
  static final int MAX_WINDOW = 1_000;

  private static final long MAX_SECONDS = 315_576_000_000L;

  private LeaseRequests() {}

  static LeaseId leaseId(String value) {
    return Fields.checked("lease_id", value, LeaseId::new);
  }

  static Holder holder(String value) {
    return Fields.checked("holder", value, Holder::new);
  }

  static int window(int value) {
    return Fields.orDefault("window", value, 1, MAX_WINDOW);
  }

  /** Null if it is absent; whether it is within the bounds is the account's matter. */
  static @Nullable Duration ttl(String field, boolean present, com.google.protobuf.Duration value) {
    if (!present) {
      return null;
    }
    boolean wellFormed =
        value.getSeconds() >= 0
            && value.getSeconds() <= MAX_SECONDS
            && value.getNanos() > -1_000_000_000
            && value.getNanos() < 1_000_000_000;
    Duration ttl =
        wellFormed ? Duration.ofSeconds(value.getSeconds(), value.getNanos()) : Duration.ZERO;
    if (ttl.isZero() || ttl.isNegative()) {
      throw BrokerException.invalidField(field, "must be longer than 0");
    }
    return ttl;
  }

  /**
   * @param path of the message, such as {@code settings.leases}
   */
  static LeasePolicy policy(String path, io.tokenbroker.v1.LeasePolicy message) {
    String min = path + ".min_ttl";
    String max = path + ".max_ttl";
    String usual = path + ".default_ttl";
    Duration minTtl = ownTtl(min, message.hasMinTtl(), message.getMinTtl());
    Duration maxTtl = ownTtl(max, message.hasMaxTtl(), message.getMaxTtl());
    Duration defaultTtl = ownTtl(usual, message.hasDefaultTtl(), message.getDefaultTtl());
    requireOrder(min, minTtl, maxTtl, "must not be longer than max_ttl");
    requireOrder(usual, minTtl, defaultTtl, "must not be shorter than min_ttl");
    requireOrder(usual, defaultTtl, maxTtl, "must not be longer than max_ttl");
    return new LeasePolicy(
        count(path + ".max_leases_per_token", message.getMaxLeasesPerToken()),
        count(path + ".max_leases", message.getMaxLeases()),
        count(path + ".max_leases_per_holder", message.getMaxLeasesPerHolder()),
        minTtl,
        maxTtl,
        defaultTtl);
  }

  private static int count(String field, int value) {
    return Fields.between(field, value, 0, LeasePolicy.MAX_COUNT);
  }

  /** In whole milliseconds; null if it is absent. */
  private static @Nullable Duration ownTtl(
      String field, boolean present, com.google.protobuf.Duration value) {
    return present
        ? Duration.ofMillis(
            Fields.duration(
                    field, value, LeasePolicy.SHORTEST_TTL, LeasePolicy.LONGEST_TTL, "1 s to 24 h")
                .toMillis())
        : null;
  }

  private static void requireOrder(
      String field, @Nullable Duration low, @Nullable Duration high, String rule) {
    if (low != null && high != null && low.compareTo(high) > 0) {
      throw BrokerException.invalidField(field, rule);
    }
  }

  /** In the form of a page token: its parts are without control characters. */
  static String place(Place place) {
    return place.account() + '\n' + place.token() + '\n' + place.place();
  }

  static Place place(String text) {
    String[] parts = text.split("\n", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException();
    }
    return new Place(parts[0], parts[1], Integer.parseInt(parts[2]));
  }
}
