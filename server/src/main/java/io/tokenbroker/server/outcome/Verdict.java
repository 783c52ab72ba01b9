package io.tokenbroker.server.outcome;

import io.tokenbroker.server.token.AccountHealth;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.TokenId;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What a report comes to.
 *
 * @param health of the token from now on
 * @param account from now on
 * @param others what becomes of other tokens of the account
 */
public record Verdict(
    Health health, AccountHealth account, Map<TokenId, UnaryOperator<Health>> others) {
  public Verdict {
    others = Map.copyOf(others);
  }
}
