package io.tokenbroker.server.security;

import io.tokenbroker.client.tls.PemFile;
import io.tokenbroker.client.tls.PemIdentity;
import io.tokenbroker.client.tls.TlsException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the files held at one time; not yet looked into. */
record TlsMaterial(PemIdentity identity, Optional<PemFile> clientCa) {
  static TlsMaterial read(TlsFiles files) throws TlsException {
    return new TlsMaterial(
        PemIdentity.read("tls.cert_file", files.cert(), "tls.key_file", files.key()),
        files.clientCa().isPresent()
            ? Optional.of(PemFile.read("tls.client_ca_file", files.clientCa().get()))
            : Optional.empty());
  }

  /**
   * @throws TlsException if a caller could not be served with it
   */
  Checked checked(Instant now) throws TlsException {
    return new Checked(
        identity.checked(now),
        clientCa.isPresent() ? Optional.of(clientCa.get().certificates()) : Optional.empty());
  }

  /** Good for use. */
  record Checked(PemIdentity.Checked identity, Optional<List<X509Certificate>> clientCas) {}
}
