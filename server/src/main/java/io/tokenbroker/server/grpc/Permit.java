package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import org.jspecify.annotations.Nullable;

/** Why a stream was let in, to be looked at again while it lasts. Thread-safe. */
final class Permit {
  private final Authenticator.Peer peer;
  private final @Nullable String authorization;
  private final Access access;
  private final MethodRule rule;
  private volatile @Nullable Object request;

  Permit(Authenticator.Peer peer, @Nullable String authorization, Access access, MethodRule rule) {
    this.peer = peer;
    this.authorization = authorization;
    this.access = access;
    this.rule = rule;
  }

  void reads(Object message) {
    request = message;
  }

  /** What is in the way by now; null if nothing is. */
  @Nullable BrokerException refusal() {
    Object message = request;
    if (message == null) {
      return null;
    }
    try {
      rule.check(access, peer.caller(authorization), message);
      return null;
    } catch (BrokerException e) {
      return e;
    }
  }
}
