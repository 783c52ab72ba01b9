package io.tokenbroker.server.grpc;

import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.AuditRecord;
import io.tokenbroker.server.audit.Recipient;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What callers were told about leases. */
final class AuditedLeases {
  private AuditedLeases() {}

  /** Whether it has a secret. */
  static boolean handsOut(Object message) {
    return message instanceof AcquireLeaseResponse
        || (message instanceof StreamLeasesResponse event && event.hasGranted());
  }

  static void sent(AuditLog audit, Origin origin, @Nullable Object request, Object message) {
    if (message instanceof AcquireLeaseResponse acquired) {
      held(audit, origin, "granted", acquired.getLease());
    } else if (message instanceof RenewLeaseResponse renewed) {
      renewed(audit, origin, renewed.getLease());
    } else if (message instanceof ReleaseLeaseResponse
        && request instanceof ReleaseLeaseRequest release) {
      ended(audit, origin, "released", "", release.getLeaseId(), release.getFencingNumber());
    } else if (message instanceof StreamLeasesResponse event
        && request instanceof StreamLeasesRequest stream) {
      event(audit, origin, stream.getAccount(), event);
    }
  }

  private static void event(
      AuditLog audit, Origin origin, String account, StreamLeasesResponse event) {
    switch (event.getEventCase()) {
      case GRANTED ->
          held(
              audit,
              origin,
              event.getGranted().getKept() ? "kept" : "granted",
              event.getGranted().getLease());
      case RENEWED -> renewed(audit, origin, event.getRenewed().getLease());
      case LOST ->
          ended(
              audit,
              origin,
              "lost",
              account,
              event.getLost().getLeaseId(),
              event.getLost().getFencingNumber());
      case REVOKED ->
          ended(
              audit,
              origin,
              "revoked",
              account,
              event.getRevoked().getLeaseId(),
              event.getRevoked().getFencingNumber());
      case EVENT_NOT_SET -> {
        // none of ours
      }
    }
  }

  private static Recipient recipient(Origin origin, Lease lease) {
    return new Recipient(origin.caller(), origin.from(), lease.getAccount(), lease.getScope());
  }

  private static void renewed(AuditLog audit, Origin origin, Lease lease) {
    audit.renewed(recipient(origin, lease), lease.getLeaseId(), expiry(lease));
  }

  private static Instant expiry(Lease lease) {
    return Instant.ofEpochSecond(
        lease.getExpireTime().getSeconds(), lease.getExpireTime().getNanos());
  }

  private static void held(AuditLog audit, Origin origin, String event, Lease lease) {
    audit.unawaited(
        record(audit, origin, event, lease.getAccount(), lease.getLeaseId())
            .putIfSet("scope", lease.getScope())
            .put("token", lease.getTokenId())
            .put("holder", lease.getHolder())
            .put("fencing_number", lease.getFencingNumber())
            .put("expire_time", expiry(lease)));
  }

  private static void ended(
      AuditLog audit, Origin origin, String event, String account, String id, long fencing) {
    audit.unawaited(record(audit, origin, event, account, id).put("fencing_number", fencing));
  }

  private static AuditRecord record(
      AuditLog audit, Origin origin, String event, String account, String id) {
    return new AuditRecord("lease", audit.now())
        .put("event", event)
        .put("caller", origin.caller())
        .putIfSet("from", origin.from())
        .putIfSet("account", account)
        .put("lease_id", id);
  }
}
