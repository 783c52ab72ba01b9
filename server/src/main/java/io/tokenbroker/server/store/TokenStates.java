package io.tokenbroker.server.store;

import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import java.util.List;
import java.util.Map;

/**
 * What there is to save of the tokens of an account; what is absent stays as it was saved.
 *
 * @param health {@link Health#GOOD} removes what was saved
 * @param usage is added to what was saved, by whatever broker, see {@link
 *     io.tokenbroker.server.model.UsageTotal}; none removes what was saved
 */
public record TokenStates(Map<TokenId, Health> health, Map<TokenId, List<Usage>> usage) {
  public TokenStates {
    health = Map.copyOf(health);
    usage = Map.copyOf(usage);
  }
}
