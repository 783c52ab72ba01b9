package io.tokenbroker.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How callers show who they are, besides a certificate.
 *
 * @param certificateNames uri, dns, cn or some of them, in the order in which they count
 * @param keys whether the broker's own bearer keys are taken
 * @param jwt which JWTs are taken; none if absent
 */
public record IdentityConfig(List<String> certificateNames, boolean keys, Optional<Jwt> jwt) {
  public IdentityConfig {
    certificateNames = List.copyOf(certificateNames);
  }

  /** Whether bearer tokens of any kind are taken. */
  public boolean takesTokens() {
    return keys || jwt.isPresent();
  }

  /**
   * @param file the JWKS; there is either that or url
   */
  public record Jwt(
      Optional<Path> file,
      Optional<URI> url,
      String issuer,
      String audience,
      List<String> algorithms) {
    public Jwt {
      algorithms = List.copyOf(algorithms);
    }
  }
}
