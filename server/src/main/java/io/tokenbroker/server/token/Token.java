package io.tokenbroker.server.token;

/** A token of an account, with its secret. */
public record Token(TokenId id, Secret secret, TokenSettings settings) {
  public int weight() {
    return settings.weight();
  }
}
