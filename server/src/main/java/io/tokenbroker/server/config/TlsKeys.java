package io.tokenbroker.server.config;

import java.nio.file.Path;

/** The keys about TLS; part of {@link Keys#ALL}. */
final class TlsKeys {
  private TlsKeys() {}

  static final Key<Path> CERT_FILE =
      Key.optional(
          "tls.cert_file",
          new PathType(),
          "/etc/tokenbroker/server.pem",
          "The broker's certificate in PEM, then those between it and its CA. Looked at every 5 s:"
              + " a new one needs no restart.");
  static final Key<Path> KEY_FILE =
      Key.optional(
          "tls.key_file",
          new PathType(),
          "/etc/tokenbroker/server.key",
          "The private key of that certificate, in PEM (PKCS #8, not encrypted).");
  static final Key<Path> CLIENT_CA_FILE =
      Key.optional(
          "tls.client_ca_file",
          new PathType(),
          "/etc/tokenbroker/ca.pem",
          "CAs in PEM; callers need a certificate of one of them (mutual TLS).");
  static final Key<TlsVersion> MIN_VERSION =
      Key.of("tls.min_version", new TlsVersionType(), "1.3", "The oldest TLS that is spoken.");
}
