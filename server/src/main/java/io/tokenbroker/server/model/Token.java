package io.tokenbroker.server.model;

/** A token of an account, with its secret. */
public record Token(TokenId id, Secret secret, TokenSettings settings) {
  public Token {
    // most tokens have nothing set: theirs are one object
    settings = settings.equals(TokenSettings.DEFAULT) ? TokenSettings.DEFAULT : settings;
  }

  /** About what it takes in a message; three bytes for a character of its label are the most. */
  public int bytes() {
    return secret.bytes() + id.value().length() + 3 * settings.label().length();
  }

  public int weight() {
    return settings.weight();
  }
}
