package io.tokenbroker.server.model;

import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What a report comes to.
 *
 * @param health of the token from now on; as before itself if nothing changes
 * @param account from now on
 * @param others what becomes of the healths of other tokens of the account, if they still exist;
 *     pure functions
 */
public record Verdict(
    Health health, AccountHealth account, Map<TokenId, UnaryOperator<Health>> others) {
  public Verdict {
    others = Map.copyOf(others);
  }

  public Verdict(Health health, AccountHealth account) {
    this(health, account, Map.of());
  }
}
