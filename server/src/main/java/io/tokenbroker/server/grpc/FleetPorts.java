package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.tokenbroker.server.fleet.Owners;
import io.tokenbroker.server.fleet.Peers;
import io.tokenbroker.server.fleet.Split;
import io.tokenbroker.server.security.ServerTls;
import java.time.Duration;
import java.util.Optional;

/**
 * The brokers that this one is one of.
 *
 * @param patience for how long a call looks for an account's owner before it fails: as long as it
 *     takes until there is another one
 * @param tls for calls to the others, who are asked for what their callers are asked for; empty for
 *     plain text
 */
public record FleetPorts(
    Owners owners, Peers peers, Split split, Duration patience, Optional<SslContext> tls) {
  /**
   * @param tls of this broker itself
   */
  public static FleetPorts of(
      Owners owners, Peers peers, Split split, Duration patience, Optional<ServerTls> tls) {
    return new FleetPorts(owners, peers, split, patience, tls.map(ServerTls::peerContext));
  }
}
