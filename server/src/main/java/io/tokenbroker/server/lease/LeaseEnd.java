package io.tokenbroker.server.lease;

/** How a lease of a stream ended without the stream. */
enum LeaseEnd {
  RELEASED,
  EXPIRED,
  REVOKED,
  /** Another stream has it now. */
  TAKEN_OVER
}
