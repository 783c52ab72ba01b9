package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountHealth;
import io.tokenbroker.server.token.Health;
import java.time.Instant;

/**
 * Decides what a report does to a token. The one foreign code that runs under a stripe: it must be
 * a pure function of its arguments, quick, and must neither block, log nor call the table.
 */
@FunctionalInterface
public interface Judge {
  /** An exception leaves all as it was, and fails the report. */
  Verdict judge(Health before, AccountHealth account, Instant now);

  /**
   * @param health of the token from now on; {@code before} itself if nothing changes
   */
  record Verdict(Health health, AccountHealth account) {}
}
