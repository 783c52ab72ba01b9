package io.tokenbroker.server.model;

import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import java.util.List;

/**
 * What is loaded of an account.
 *
 * @param tokens in the order of their ids
 * @param fingerprint of all that was read of the account with them
 */
public record KnownTokens(List<Token> tokens, Fingerprint fingerprint) {
  public KnownTokens {
    tokens = List.copyOf(tokens);
  }
}
