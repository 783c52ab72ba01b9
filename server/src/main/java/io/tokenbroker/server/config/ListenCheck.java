package io.tokenbroker.server.config;

import io.tokenbroker.server.config.ListenConfig.Place;
import io.tokenbroker.server.security.TlsFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/** Checks where the broker listens, and how it tells whoever calls from anyone else. */
record ListenCheck(Settings settings, Problems problems) {

  /** Empty also if there was a problem, which has been noted then. */
  Optional<ListenConfig> listen() {
    Optional<Place> calls = place(Keys.LISTEN);
    Optional<Place> admin =
        settings.find(Keys.LISTEN_ADMIN).flatMap(address -> place(Keys.LISTEN_ADMIN));
    if (calls.isPresent() && admin.isPresent() && isSame(calls.get(), admin.get())) {
      problems.add(
          settings.given(Keys.LISTEN_ADMIN).orElseThrow(),
          "is where listen is; leave it out, or use another port");
    }
    return calls.map(
        place ->
            new ListenConfig(
                place, admin, settings.get(Keys.LISTEN_SOCKET_MODE), settings.get(Keys.INSECURE)));
  }

  /** Port 0 is another one each time. */
  private static boolean isSame(Place one, Place other) {
    return one.address().equals(other.address())
        && !(one.address() instanceof InetSocketAddress network && network.getPort() == 0);
  }

  /** Empty also if nobody has given one. */
  Optional<InetSocketAddress> http() {
    return settings
        .find(Keys.LISTEN_HTTP)
        .flatMap(address -> place(Keys.LISTEN_HTTP, address))
        .map(place -> (InetSocketAddress) place.address());
  }

  private Optional<Place> place(Key<ListenAddress> key) {
    return place(key, settings.get(key));
  }

  private Optional<Place> place(Key<?> key, ListenAddress listen) {
    if (listen instanceof SocketPath socket) {
      return Optional.of(new Place(listen, UnixDomainSocketAddress.of(socket.path())));
    }
    HostPort network = (HostPort) listen;
    Given given = settings.given(key).orElse(new Given(key, listen.toString(), "default"));
    try {
      InetAddress address = InetAddress.getByName(network.host());
      Place place = new Place(listen, new InetSocketAddress(address, network.port()));
      if (place.isOpen() && !settings.get(Keys.INSECURE)) {
        refuseOpen(given);
      }
      return Optional.of(place);
    } catch (UnknownHostException e) {
      problems.add(given, "names a host that has no address; use an address of this machine");
      return Optional.empty();
    }
  }

  private void refuseOpen(Given given) {
    if (settings.given(TlsKeys.CERT_FILE).isEmpty()) {
      problems.add(
          given,
          "is not a loopback address, and without TLS every secret would cross the network in"
              + " plain text; set tls.cert_file, tls.key_file and tls.client_ca_file, or use"
              + " 127.0.0.1 or [::1], or allow it with insecure: true (flag --insecure) on a"
              + " network that you trust");
    } else if (settings.given(TlsKeys.CLIENT_CA_FILE).isEmpty() && !takesTokens()) {
      problems.add(
          given,
          "is not a loopback address, and whoever reaches it would get every secret; set"
              + " tls.client_ca_file as well, or identity.keys, or jwt.jwks_file, or allow it with insecure: true (flag --insecure) on"
              + " a network that you trust");
    }
  }

  private boolean takesTokens() {
    return settings.find(CallerKeys.KEYS).orElse(false)
        || settings.given(CallerKeys.JWKS_FILE).isPresent()
        || settings.given(CallerKeys.JWKS_URL).isPresent();
  }

  /** Empty also if there was a problem, which has been noted then. */
  Optional<TlsFiles> tls() {
    boolean cert = settings.given(TlsKeys.CERT_FILE).isPresent();
    boolean key = settings.given(TlsKeys.KEY_FILE).isPresent();
    if (!cert || !key) {
      List.of(TlsKeys.CERT_FILE, TlsKeys.KEY_FILE, TlsKeys.CLIENT_CA_FILE).stream()
          .flatMap(one -> settings.given(one).stream())
          .findFirst()
          .ifPresent(
              given ->
                  problems.add(
                      given,
                      "needs "
                          + (cert ? "" : TlsKeys.CERT_FILE.name())
                          + (cert || key ? "" : " and ")
                          + (key ? "" : TlsKeys.KEY_FILE.name())
                          + " as well"));
      return Optional.empty();
    }
    return settings
        .find(TlsKeys.CERT_FILE)
        .flatMap(
            certFile ->
                settings
                    .find(TlsKeys.KEY_FILE)
                    .map(
                        keyFile ->
                            new TlsFiles(
                                certFile,
                                keyFile,
                                settings.find(TlsKeys.CLIENT_CA_FILE),
                                takesTokens(),
                                settings.get(TlsKeys.MIN_VERSION).protocols())));
  }
}
