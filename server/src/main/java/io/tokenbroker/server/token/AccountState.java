package io.tokenbroker.server.token;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loaded account at one moment, without secrets.
 *
 * @param turn the number of the newest turn, 0 before the first
 * @param tokens the first ones in the order of their ids; {@code tokenCount} tells if there are
 *     more
 */
public record AccountState(
    AccountId account, long turn, int tokenCount, int readyCount, List<TokenState> tokens) {
  public AccountState {
    tokens = List.copyOf(tokens);
  }

  /**
   * @param benched why the token is not handed out; null if it is
   */
  public record TokenState(TokenInfo token, @Nullable BenchReason benched) {}
}
