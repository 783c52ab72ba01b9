package io.tokenbroker.server.grpc;

import io.grpc.MethodDescriptor;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.Set;

/** What an address serves; health and reflection every one. */
public enum Plane {
  ALL,
  /** What hands out and takes back. */
  DATA,
  /** What administers, and looks into the broker. */
  ADMIN;

  private static final Set<String> ADMINISTER =
      Set.of(TokenBrokerAdminGrpc.SERVICE_NAME, "grpc.channelz.v1.Channelz");

  /** What tells without handing out, and operators need as much as callers. */
  private static final Set<String> BOTH =
      Set.of(
          TokenBrokerGrpc.getGetVersionMethod().getFullMethodName(),
          TokenBrokerGrpc.getWatchAccountMethod().getFullMethodName());

  boolean hasService(String name) {
    return this == ALL || (this == ADMIN) == ADMINISTER.contains(name);
  }

  /** Of services that are not the broker's own. */
  boolean hasStandard(String name) {
    return this != DATA || !ADMINISTER.contains(name);
  }

  /** Whether it has a method of a service that it does not have. */
  boolean hasMethod(MethodDescriptor<?, ?> method) {
    return BOTH.contains(method.getFullMethodName());
  }

  /** Of a method that it does not have. */
  BrokerException refusal() {
    return this == DATA
        ? BrokerException.wrongAddress(
            "This address of the broker is for turns and leases; administration has another one,"
                + " listen_admin of its configuration.",
            "listen_admin")
        : BrokerException.wrongAddress(
            "This address of the broker is for administration; turns and leases have another one,"
                + " listen of its configuration.",
            "listen");
  }
}
