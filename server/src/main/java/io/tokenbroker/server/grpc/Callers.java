package io.tokenbroker.server.grpc;

import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;

/** How a server finds out who calls, and what each may do. */
public record Callers(Authenticator authenticator, Access access) {
  /** Everyone is local, and may do everything. */
  public static final Callers LOCAL = new Callers(Authenticator.NONE, Access.ALL);
}
