package io.tokenbroker.server.grpc;

import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.AuditRecord;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a caller was told about leases. */
record AuditedLeases(AuditLog audit, String caller, Origin origin) {
  /** Whether it has a secret. */
  static boolean handsOut(Object message) {
    return message instanceof AcquireLeaseResponse
        || (message instanceof StreamLeasesResponse event && event.hasGranted());
  }

  void sent(@Nullable Object request, Object message) {
    if (message instanceof AcquireLeaseResponse acquired) {
      held("granted", acquired.getLease());
    } else if (message instanceof RenewLeaseResponse renewed) {
      renewed(renewed.getLease());
    } else if (message instanceof ReleaseLeaseResponse released
        && !released.getAlreadyEnded()
        && request instanceof ReleaseLeaseRequest release) {
      ended("released", "", release.getLeaseId(), release.getFencingNumber());
    } else if (message instanceof StreamLeasesResponse event
        && request instanceof StreamLeasesRequest stream) {
      event(stream.getAccount(), event);
    }
  }

  private void event(String account, StreamLeasesResponse event) {
    switch (event.getEventCase()) {
      case GRANTED ->
          held(event.getGranted().getKept() ? "kept" : "granted", event.getGranted().getLease());
      case RENEWED -> renewed(event.getRenewed().getLease());
      case LOST ->
          ended("lost", account, event.getLost().getLeaseId(), event.getLost().getFencingNumber());
      case REVOKED ->
          ended(
              "revoked",
              account,
              event.getRevoked().getLeaseId(),
              event.getRevoked().getFencingNumber());
      case EVENT_NOT_SET -> {
        // none of ours
      }
    }
  }

  private void renewed(Lease lease) {
    audit.renewed(
        origin.recipient(caller, lease.getAccount(), lease.getScope()),
        lease.getLeaseId(),
        expiry(lease));
  }

  private static Instant expiry(Lease lease) {
    return Instant.ofEpochSecond(
        lease.getExpireTime().getSeconds(), lease.getExpireTime().getNanos());
  }

  private void held(String event, Lease lease) {
    audit.unawaited(
        record(event, lease.getAccount(), lease.getLeaseId())
            .putIfSet("scope", lease.getScope())
            .put("token", lease.getTokenId())
            .put("holder", lease.getHolder())
            .put("fencing_number", lease.getFencingNumber())
            .put("expire_time", expiry(lease)));
  }

  private void ended(String event, String account, String id, long fencing) {
    audit.unawaited(record(event, account, id).put("fencing_number", fencing));
  }

  private AuditRecord record(String event, String account, String id) {
    return new AuditRecord("lease", audit.now())
        .put("event", event)
        .put("caller", caller)
        .putIfSet("from", origin.from())
        .putIfSet("account", account)
        .put("lease_id", id);
  }
}
