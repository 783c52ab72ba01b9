package io.tokenbroker.server.security;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which JWTs are taken. Of file and url there is one.
 *
 * @param file the JWKS with the keys of the issuer
 * @param url where that is fetched from
 * @param issuer what iss must be
 * @param audience what aud must contain
 * @param algorithms that tokens may be signed with, as JWS names them
 */
public record JwtSettings(
    Optional<Path> file,
    Optional<URI> url,
    String issuer,
    String audience,
    List<String> algorithms) {
  public JwtSettings {
    algorithms = List.copyOf(algorithms);
  }
}
