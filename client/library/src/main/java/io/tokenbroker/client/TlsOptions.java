package io.tokenbroker.client;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a {@link TokenBrokerClient} tells a broker from an impostor, and shows who it is itself. All
 * files are PEM, of at most 1 MiB, and looked at every 10 s: new connections use what is new.
 *
 * @param ca the CAs that may vouch for a broker; those of the JDK if empty
 * @param identity what is shown to brokers that ask for it
 */
public record TlsOptions(Optional<Path> ca, Optional<Identity> identity) {
  /** The CAs of the JDK, and nothing to show. */
  public static final TlsOptions DEFAULT = new TlsOptions(Optional.empty(), Optional.empty());

  public TlsOptions withCa(Path ca) {
    return new TlsOptions(Optional.of(ca), identity);
  }

  public TlsOptions withIdentity(Path cert, Path key) {
    return new TlsOptions(ca, Optional.of(new Identity(cert, key)));
  }

  /**
   * @param cert a certificate, then those between it and its CA
   * @param key its private key, RSA or EC in PKCS #8, not encrypted
   */
  public record Identity(Path cert, Path key) {}
}
