package io.tokenbroker.client;

/**
 * The request header that carries the secret.
 *
 * @param name such as {@code Authorization}
 * @param prefix what stands before the secret, with its space; may be empty
 */
public record TokenHeader(String name, String prefix) {
  /** {@code Authorization: Bearer …}. */
  public static final TokenHeader BEARER = new TokenHeader("Authorization", "Bearer ");

  String value(String secret) {
    return prefix + secret;
  }
}
