package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Verdict;
import java.time.Instant;

/**
 * Decides what a report does to a token. The one foreign code that runs under a stripe: to judge
 * must be a pure function of its arguments, quick, and must neither block, log nor call the table.
 */
@FunctionalInterface
public interface ReportRule {
  /** An exception leaves all as it was, and fails the report. */
  Verdict judge(Health before, AccountHealth account, Instant now);

  /**
   * It has taken effect, or was a duplicate. Called once, outside the lock, before what has become
   * of the token is saved: whether it can be is another matter.
   */
  default void taken(Reported reported) {}
}
