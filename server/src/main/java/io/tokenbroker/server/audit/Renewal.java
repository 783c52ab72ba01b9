package io.tokenbroker.server.audit;

import java.time.Instant;

/** A lease that goes on. */
record Renewal(Recipient to, String leaseId, Instant until) implements Work {
  @Override
  public int bytes() {
    return to.bytes() + 128;
  }
}
