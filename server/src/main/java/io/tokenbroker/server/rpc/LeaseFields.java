package io.tokenbroker.server.rpc;

import io.tokenbroker.server.failure.InvalidFieldException;
import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.LeasePolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the fields of requests about leases. */
final class LeaseFields {
  static final int MAX_WINDOW = 1_000;

  private static final long MAX_SECONDS = 315_576_000_000L;

  private LeaseFields() {}

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
        Math.abs(value.getSeconds()) <= MAX_SECONDS
            && value.getNanos() > -1_000_000_000
            && value.getNanos() < 1_000_000_000;
    Duration ttl =
        wellFormed ? Duration.ofSeconds(value.getSeconds(), value.getNanos()) : Duration.ZERO;
    if (ttl.isZero() || ttl.isNegative()) {
      throw new InvalidFieldException(field, "must be longer than 0");
    }
    return ttl;
  }

  /** The policy of UpdateAccountRequest.settings.leases. */
  static LeasePolicy policy(String path, io.tokenbroker.v1.LeasePolicy message) {
    return Fields.checked(
        path,
        message,
        given ->
            new LeasePolicy(
                given.getMaxLeasesPerToken(),
                given.getMaxLeases(),
                given.getMaxLeasesPerHolder(),
                millis(ttl(path + ".min_ttl", given.hasMinTtl(), given.getMinTtl())),
                millis(ttl(path + ".max_ttl", given.hasMaxTtl(), given.getMaxTtl())),
                millis(ttl(path + ".default_ttl", given.hasDefaultTtl(), given.getDefaultTtl()))));
  }

  private static @Nullable Duration millis(@Nullable Duration duration) {
    return duration == null ? null : Duration.ofMillis(duration.toMillis());
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
