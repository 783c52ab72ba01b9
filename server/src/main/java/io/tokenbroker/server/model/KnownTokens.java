package io.tokenbroker.server.model;

import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import java.util.List;
import java.util.Map;

/**
 * What is loaded of an account.
 *
 * @param tokens in the order of their ids
 * @param fingerprint of all that was read of the account with them
 * @param limits of each token that has none of its own
 */
public record KnownTokens(List<Token> tokens, Fingerprint fingerprint, TokenLimits limits) {
  public KnownTokens {
    tokens = List.copyOf(tokens);
  }

  KnownTokens with(List<Token> others, Fingerprint theirs) {
    return new KnownTokens(others, theirs, limits);
  }

  /** The index of a token; -1 if it is not there. */
  int place(TokenId id) {
    int low = 0;
    int high = tokens.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tokens.get(middle).id().compareTo(id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < tokens.size() && tokens.get(low).id().equals(id) ? low : -1;
  }

  boolean has(TokenId id) {
    return place(id) >= 0;
  }

  /**
   * Whether the limits of a token with these settings are known: those of an account may have been
   * unreadable, and then only tokens with their own are loaded.
   */
  boolean tellsLimitsOf(TokenSettings settings) {
    return settings.limits() != null
        || tokens.stream().anyMatch(token -> token.settings().limits() == null);
  }

  /** For who has all the rest of the account. */
  public AccountSnapshot snapshot() {
    return new AccountSnapshot(tokens, Position.START, fingerprint, limits, Map.of(), Map.of());
  }
}
