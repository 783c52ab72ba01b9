package io.tokenbroker.server.grpc;

import io.tokenbroker.server.lease.LeaseEvent;
import io.tokenbroker.server.lease.LeaseStore.Place;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.LeaseLost;
import io.tokenbroker.v1.LeaseRenewed;
import io.tokenbroker.v1.LeaseRevoked;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Leases, between the contract and the broker. */
final class LeaseMapper {
  static final int MAX_WINDOW = 1_000;

  private static final long MAX_SECONDS = 315_576_000_000L;

  private LeaseMapper() {}

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
    Duration minTtl = ownTtl(path + ".min_ttl", message.hasMinTtl(), message.getMinTtl());
    Duration maxTtl = ownTtl(path + ".max_ttl", message.hasMaxTtl(), message.getMaxTtl());
    Duration defaultTtl =
        ownTtl(path + ".default_ttl", message.hasDefaultTtl(), message.getDefaultTtl());
    return Fields.made(
        path,
        () ->
            new LeasePolicy(
                message.getMaxLeasesPerToken(),
                message.getMaxLeases(),
                message.getMaxLeasesPerHolder(),
                minTtl,
                maxTtl,
                defaultTtl));
  }

  /** In whole milliseconds; null if it is absent. */
  private static @Nullable Duration ownTtl(
      String field, boolean present, com.google.protobuf.Duration value) {
    return present
        ? Duration.ofMillis(
            WireTimes.duration(
                    field, value, LeasePolicy.SHORTEST_TTL, LeasePolicy.LONGEST_TTL, "1 s to 24 h")
                .toMillis())
        : null;
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

  /** With its secret. */
  static io.tokenbroker.v1.Lease lease(Lease lease, Token token) {
    return builder(lease)
        .setSecret(token.secret().reveal())
        .setLabel(token.settings().label())
        .build();
  }

  /** Without. */
  static io.tokenbroker.v1.Lease lease(Lease lease) {
    return builder(lease).build();
  }

  private static io.tokenbroker.v1.Lease.Builder builder(Lease lease) {
    return io.tokenbroker.v1.Lease.newBuilder()
        .setLeaseId(lease.id().value())
        .setTokenId(lease.token().value())
        .setAccount(lease.account().value())
        .setScope(lease.scope().value())
        .setHolder(lease.holder().value())
        .setFencingNumber(lease.fencingNumber())
        .setAcquireTime(WireTimes.timestamp(lease.acquireTime()))
        .setExpireTime(WireTimes.timestamp(lease.expireTime()));
  }

  static StreamLeasesResponse event(LeaseEvent event) {
    StreamLeasesResponse.Builder message = StreamLeasesResponse.newBuilder();
    String id = event.lease().id().value();
    long number = event.lease().fencingNumber();
    if (event instanceof LeaseEvent.Granted granted) {
      message.setGranted(
          LeaseGranted.newBuilder()
              .setLease(lease(granted.lease(), granted.token()))
              .setKept(granted.kept()));
    } else if (event instanceof LeaseEvent.Renewed renewed) {
      message.setRenewed(LeaseRenewed.newBuilder().setLease(lease(renewed.lease())));
    } else if (event instanceof LeaseEvent.Lost) {
      message.setLost(LeaseLost.newBuilder().setLeaseId(id).setFencingNumber(number));
    } else {
      message.setRevoked(LeaseRevoked.newBuilder().setLeaseId(id).setFencingNumber(number));
    }
    return message.build();
  }

  /** As AccountSettings.leases. */
  static io.tokenbroker.v1.LeasePolicy policy(LeasePolicy policy) {
    io.tokenbroker.v1.LeasePolicy.Builder message =
        io.tokenbroker.v1.LeasePolicy.newBuilder()
            .setMaxLeasesPerToken(policy.maxLeasesPerToken())
            .setMaxLeases(policy.maxLeases())
            .setMaxLeasesPerHolder(policy.maxLeasesPerHolder());
    if (policy.minTtl() != null) {
      message.setMinTtl(WireTimes.duration(policy.minTtl()));
    }
    if (policy.maxTtl() != null) {
      message.setMaxTtl(WireTimes.duration(policy.maxTtl()));
    }
    if (policy.defaultTtl() != null) {
      message.setDefaultTtl(WireTimes.duration(policy.defaultTtl()));
    }
    return message.build();
  }
}
