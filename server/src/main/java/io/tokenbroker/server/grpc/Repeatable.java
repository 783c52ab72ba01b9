package io.tokenbroker.server.grpc;

import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.Set;

/**
 * Which calls may be made again when nobody knows whether they were done: all that clients make
 * again too, and streams, which go on. Not those that would take something a second time, or find
 * that it is gone.
 */
final class Repeatable {
  private static final Set<String> NOT =
      Set.of(
          TokenBrokerGrpc.getAcquireLeaseMethod().getFullMethodName(),
          TokenBrokerGrpc.getRequestTurnsMethod().getFullMethodName(),
          TokenBrokerAdminGrpc.getDeleteAccountMethod().getFullMethodName(),
          TokenBrokerAdminGrpc.getRemoveTokensMethod().getFullMethodName(),
          TokenBrokerAdminGrpc.getRevokeLeaseMethod().getFullMethodName());

  private Repeatable() {}

  static boolean is(MethodDescriptor<?, ?> method) {
    return !NOT.contains(method.getFullMethodName());
  }
}
