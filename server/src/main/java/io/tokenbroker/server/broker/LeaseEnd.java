package io.tokenbroker.server.broker;

/** How a lease of a stream ended without the stream. */
enum LeaseEnd {
  RELEASED,
  EXPIRED,
  REVOKED,
  /** Another stream has it now. */
  TAKEN_OVER
}
