package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.Token;

/** What a stream of leases says. */
public sealed interface LeaseEvent {
  Lease lease();

  /**
   * @param kept whether the holder had the lease already, from a stream before
   */
  record Granted(Lease lease, Token token, boolean kept) implements LeaseEvent {}

  record Renewed(Lease lease) implements LeaseEvent {}

  record Lost(Lease lease) implements LeaseEvent {}

  record Revoked(Lease lease) implements LeaseEvent {}
}
