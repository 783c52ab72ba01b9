package io.tokenbroker.server.grpc;

import io.tokenbroker.server.security.Caller;
import org.jspecify.annotations.Nullable;

/** Who calls, by name, for records. */
final class Named {
  private Named() {}

  /** Empty as long as it is not known: of a call that was refused before that, or nobody asks. */
  static String caller(Caller.@Nullable Identified call) {
    try {
      return call == null ? "" : call.caller().name();
    } catch (IllegalStateException e) {
      return "";
    }
  }
}
