package io.tokenbroker.server.grpc;

import io.tokenbroker.server.audit.Recipient;
import org.jspecify.annotations.Nullable;

/** The other end of a connection, for records. Thread-safe. */
final class Origin {
  static final Origin UNKNOWN = new Origin("");

  private final String from;

  /** Most calls of a connection are the same: spares making it for each, and comparing it later. */
  private volatile @Nullable Recipient last;

  /**
   * @param from the IP address, or the path of a Unix socket; empty if unknown
   */
  Origin(String from) {
    this.from = from;
  }

  String from() {
    return from;
  }

  Recipient recipient(String caller, String account, String scope) {
    Recipient known = last;
    if (known == null
        || !known.account().equals(account)
        || !known.scope().equals(scope)
        || !known.caller().equals(caller)) {
      known = new Recipient(caller, from, account, scope);
      last = known;
    }
    return known;
  }
}
