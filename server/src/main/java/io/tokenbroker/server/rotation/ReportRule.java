package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Decides what a report does to a token. The one foreign code that runs under a stripe: it must be
 * a pure function of its arguments, quick, and must neither block, log nor call the table.
 */
@FunctionalInterface
public interface ReportRule {
  /** An exception leaves all as it was, and fails the report. */
  Verdict judge(Health before, AccountHealth account, Instant now);

  /**
   * @param health of the token from now on; {@code before} itself if nothing changes
   * @param others what becomes of the healths of other tokens of the account, if they still exist;
   *     as pure as the judge
   */
  record Verdict(Health health, AccountHealth account, Map<TokenId, UnaryOperator<Health>> others) {
    public Verdict {
      others = Map.copyOf(others);
    }

    public Verdict(Health health, AccountHealth account) {
      this(health, account, Map.of());
    }
  }
}
