package io.tokenbroker.server.grpc;

import io.tokenbroker.server.lease.LeaseEvent;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.v1.LeaseGranted;
import io.tokenbroker.v1.LeaseLost;
import io.tokenbroker.v1.LeaseRenewed;
import io.tokenbroker.v1.LeaseRevoked;
import io.tokenbroker.v1.StreamLeasesResponse;

/** Makes messages about leases. */
final class LeaseMessages {
  private LeaseMessages() {}

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
