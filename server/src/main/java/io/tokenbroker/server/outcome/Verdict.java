package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
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
