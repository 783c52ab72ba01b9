package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.outcome.Outcome;

/** Who is told that an upstream has refused a token. Thread-safe, and quick. */
@FunctionalInterface
public interface QuarantineListener {
  QuarantineListener NONE = (account, reported, outcome) -> {};

  /**
   * @param reported has the quarantine that began
   */
  void quarantined(AccountId account, Reported reported, Outcome outcome);
}
