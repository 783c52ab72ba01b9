package io.tokenbroker.server.grpc;

import io.tokenbroker.server.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * Where a call came from.
 *
 * @param identified tells who calls, once that has been found out; null if nobody asks
 * @param from the IP address; empty if unknown
 */
record Origin(Caller.@Nullable Identified identified, String from) {
  static Origin current(String from) {
    return new Origin(Caller.KEY.get(), from);
  }

  /** Empty as long as it is not known. */
  String caller() {
    try {
      return identified == null ? "" : identified.caller().name();
    } catch (IllegalStateException e) {
      // refused before it was known
      return "";
    }
  }
}
