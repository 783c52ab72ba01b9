package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Lease;

/** A lease as it is printed; its secret only where it is granted. */
final class LeaseView {
  private LeaseView() {}

  static JsonLine json(Lease lease) {
    return new JsonLine()
        .put("account", lease.getAccount())
        .put("lease_id", lease.getLeaseId())
        .putUnsigned("fencing_number", lease.getFencingNumber())
        .put("token_id", lease.getTokenId())
        .putIfSet("label", lease.getLabel())
        .putIfSet("secret", lease.getSecret())
        .putIfSet("scope", lease.getScope())
        .put("holder", lease.getHolder())
        .put("acquire_time", lease.hasAcquireTime() ? Times.iso(lease.getAcquireTime()) : null)
        .put("expire_time", lease.hasExpireTime() ? Times.iso(lease.getExpireTime()) : null);
  }

  static Table table() {
    return new Table(
        "LEASE_ID", "FENCING", "ACCOUNT", "TOKEN_ID", "SINCE", "UNTIL", "SCOPE?", "HOLDER");
  }

  static void row(Table table, Lease lease) {
    table.row(
        lease.getLeaseId(),
        Long.toUnsignedString(lease.getFencingNumber()),
        lease.getAccount(),
        lease.getTokenId(),
        Times.shown(lease.getAcquireTime()),
        Times.shown(lease.getExpireTime()),
        lease.getScope(),
        lease.getHolder());
  }
}
