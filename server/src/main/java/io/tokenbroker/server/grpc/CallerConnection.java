package io.tokenbroker.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whose a connection is: the first caller's that makes a call through it. Used by its event loop
 * alone.
 */
final class CallerConnection {
  private final CallerBounds bounds;
  private final ConnectionGate gate;
  private final Attributes connection;

  /** What connections are counted by, see {@link ConnectionGate#left(Object)}. */
  private final Object origin;

  private final String from;
  private @Nullable Caller owner;
  private boolean refused;

  CallerConnection(CallerBounds bounds, ConnectionGate gate, Attributes connection) {
    this.bounds = bounds;
    this.gate = gate;
    this.connection = connection;
    this.origin = origin(connection);
    this.from =
        origin instanceof InetAddress address ? address.getHostAddress() : origin.toString();
  }

  private static Object origin(Attributes connection) {
    UnixPeer local = connection.get(UnixPeer.KEY);
    if (local != null) {
      return local.origin();
    }
    return connection.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress socket
            && socket.getAddress() != null
        ? socket.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /**
   * @throws BrokerException if the caller has as many connections as it may; this one will be
   *     closed when it has been told so
   */
  void calledBy(Caller caller) {
    if (owner != null) {
      return;
    }
    try {
      bounds.connect(caller, from, gate::left, () -> gate.left(origin));
      owner = caller;
    } catch (BrokerException e) {
      if (!refused) {
        refused = true;
        bounds.soon(() -> gate.close(connection));
      }
      throw e;
    }
  }

  /**
   * Who makes a call; what a flood of wrong tokens costs is bounded, and tokens that are known are
   * taken meanwhile.
   *
   * @throws BrokerException if that is not known, or is not looked into
   */
  Caller identify(Authenticator.Peer from, @Nullable String authorization) {
    if (authorization != null && bounds.isSuspect(this.from) && !from.knows(authorization)) {
      throw bounds.tooManyLogins(this.from);
    }
    try {
      return from.caller(authorization);
    } catch (BrokerException e) {
      if (authorization != null && e.reason() == FailureReason.UNAUTHENTICATED) {
        bounds.loginFailed(this.from);
      }
      throw e;
    }
  }

  /** Counts like a wrong token. */
  BrokerException notAPeer() {
    bounds.loginFailed(from);
    return BrokerException.unauthenticated(AuthenticationFailure.NOT_A_PEER);
  }

  void closed() {
    if (owner != null) {
      bounds.disconnect(owner, from);
    }
  }
}
