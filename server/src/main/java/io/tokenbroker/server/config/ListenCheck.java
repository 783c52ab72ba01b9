package io.tokenbroker.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/** Checks where the broker listens, and how it tells whoever calls from anyone else. */
record ListenCheck(Settings settings, Problems problems) {

  Optional<InetSocketAddress> address() {
    HostPort listen = settings.get(Keys.LISTEN);
    return address(
        listen,
        settings.given(Keys.LISTEN).orElse(new Given(Keys.LISTEN, listen.toString(), "default")));
  }

  /** Empty also if nobody has given one. */
  Optional<InetSocketAddress> httpAddress() {
    return settings
        .given(Keys.LISTEN_HTTP)
        .flatMap(
            given -> settings.find(Keys.LISTEN_HTTP).flatMap(address -> address(address, given)));
  }

  private Optional<InetSocketAddress> address(HostPort listen, Given given) {
    try {
      InetAddress address = InetAddress.getByName(listen.host());
      if (!address.isLoopbackAddress() && !settings.get(Keys.INSECURE)) {
        refuseOpen(given);
      }
      return Optional.of(new InetSocketAddress(address, listen.port()));
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
  Optional<TlsConfig> tls() {
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
                            new TlsConfig(
                                certFile,
                                keyFile,
                                settings.find(TlsKeys.CLIENT_CA_FILE),
                                settings.get(TlsKeys.MIN_VERSION))));
  }
}
