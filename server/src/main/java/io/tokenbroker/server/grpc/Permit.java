package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What a call was let in by: its request is held against it, and it is looked at again while a
 * stream lasts, and before what was waited for is handed out. Thread-safe.
 */
final class Permit {
  private final Authenticator.Peer peer;
  private final @Nullable String authorization;
  private final Caller caller;
  private final Access access;
  private final MethodRule rule;
  private final boolean lasts;
  private volatile @Nullable Object read;

  /**
   * @param lasts whether it is to be looked at again
   */
  Permit(
      Authenticator.Peer peer,
      @Nullable String authorization,
      Caller caller,
      Access access,
      MethodRule rule,
      boolean lasts) {
    this.peer = peer;
    this.authorization = authorization;
    this.caller = caller;
    this.access = access;
    this.rule = rule;
    this.lasts = lasts;
  }

  /** What is in the way of a request; null if nothing is. */
  @Nullable BrokerException check(Object request) {
    if (lasts) {
      read = request;
    }
    return refusal(caller, request);
  }

  /** What is in the way by now; null if nothing is. */
  @Nullable BrokerException checkAgain() {
    Object request = read;
    if (request == null) {
      return null;
    }
    try {
      return refusal(peer.caller(authorization), request);
    } catch (BrokerException e) {
      return e;
    }
  }

  private @Nullable BrokerException refusal(Caller who, Object request) {
    try {
      rule.check(access, who, request);
      return null;
    } catch (BrokerException e) {
      return e;
    }
  }
}
