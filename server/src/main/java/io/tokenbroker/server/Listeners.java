package io.tokenbroker.server;

import io.tokenbroker.server.config.ListenConfig;
import io.tokenbroker.server.grpc.GrpcServer.Listener;
import io.tokenbroker.server.grpc.Plane;
import io.tokenbroker.server.security.ServerTls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is served where. */
final class Listeners {
  private Listeners() {}

  static List<Listener> of(ListenConfig listen, Optional<ServerTls> tls) {
    List<Listener> listeners = new ArrayList<>();
    listeners.add(
        listener(listen, listen.calls(), listen.admin().isEmpty() ? Plane.ALL : Plane.DATA, tls));
    listen.admin().ifPresent(place -> listeners.add(listener(listen, place, Plane.ADMIN, tls)));
    return listeners;
  }

  /** What goes through a Unix socket does not leave the machine. */
  private static Listener listener(
      ListenConfig listen, ListenConfig.Place place, Plane plane, Optional<ServerTls> tls) {
    return new Listener(
        place.address(),
        place.isUnix() ? Optional.empty() : tls.map(ServerTls::sslContext),
        plane,
        listen.socketMode());
  }
}
