package io.tokenbroker.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** The keys about who calls and what they may; part of {@link Keys#ALL}. */
final class CallerKeys {
  private CallerKeys() {}

  static final Key<List<String>> CERTIFICATE_NAMES =
      Key.of(
          "identity.certificate_names",
          new ListType(List.of("uri", "dns", "cn")),
          "uri,dns,cn",
          "Which name of a caller's certificate is the caller's: the first of the first of these"
              + " kinds that it has.");
  static final Key<Boolean> KEYS =
      Key.of(
          "identity.keys",
          new SwitchType(),
          "false",
          "Takes the bearer keys that `tokenbroker callers add` makes, and refuses callers who show"
              + " neither one nor anything else.");
  static final Key<Path> JWKS_FILE =
      Key.optional(
          "jwt.jwks_file",
          new PathType(),
          "/etc/tokenbroker/jwks.json",
          "A JWKS with the keys of an issuer whose bearer JWTs are taken. Looked at every 5 s.");
  static final Key<URI> JWKS_URL =
      Key.optional(
          "jwt.jwks_url",
          new JwksUrlType(),
          "https://issuer.example.com/jwks.json",
          "Where such a JWKS is fetched from, instead of jwt.jwks_file: every 5 minutes, and 10 s"
              + " after a token with an unknown key.");
  static final Key<String> ISSUER =
      Key.optional(
          "jwt.issuer",
          new TextType(1000, false),
          "https://issuer.example.com",
          "What iss of a JWT must be, to the letter.");
  static final Key<String> AUDIENCE =
      Key.optional(
          "jwt.audience",
          new TextType(1000, false),
          "tokenbroker",
          "What must be among aud of a JWT.");
  static final Key<List<String>> ALGORITHMS =
      Key.of(
          "jwt.algorithms",
          new ListType(
              List.of(
                  "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")),
          "RS256,ES256",
          "What JWTs may be signed with.");
  static final Key<Path> POLICY_FILE =
      Key.optional(
          "policy.file",
          new PathType(),
          "/etc/tokenbroker/policy.yaml",
          "Who may do what, see docs/security.md; looked at every 5 s. Without it, every caller may"
              + " do everything.");
}
