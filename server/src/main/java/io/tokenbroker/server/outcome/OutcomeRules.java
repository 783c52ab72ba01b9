package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Verdict;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * The state machine of docs/outcomes.md. Immutable; a function of what it is given, but for the
 * jitter. Quick enough to be called under a stripe's lock.
 */
public final class OutcomeRules {
  private final TokenRules tokens;
  private final PauseRules pauses;

  /**
   * With random numbers of the thread that asks.
   *
   * @param maxScopes as below
   */
  public OutcomeRules(OutcomeSettings settings, int maxScopes) {
    this(settings, maxScopes, bound -> ThreadLocalRandom.current().nextLong(bound));
  }

  /**
   * @param maxScopes of an account: as many are remembered of a token beyond those that it cools
   *     for
   * @param random gives a number from 0 to below its argument, which is at least 1; takes no lock
   */
  public OutcomeRules(OutcomeSettings settings, int maxScopes, LongUnaryOperator random) {
    CooldownRules cooldownRules = new CooldownRules(settings, random);
    this.tokens = new TokenRules(settings, maxScopes, cooldownRules);
    this.pauses = new PauseRules(settings, cooldownRules);
  }

  /**
   * @param turn in which the token was handed out; 0 if it is unknown
   */
  public Verdict judge(
      Health before, AccountHealth account, TokenId token, long turn, Report report, Instant now) {
    boolean limited = report.outcome() == Outcome.RATE_LIMITED && before.quarantine() == null;
    if (limited && PauseRules.isPaused(account, now)) {
      return new Verdict(before, pauses.prolonged(account, report, now), Map.of());
    }
    Health after = tokens.after(before, turn, report, now);
    if (limited) {
      return pauses.limited(before, after, account, token, turn, report, now);
    }
    boolean success = report.outcome() == Outcome.OK;
    return new Verdict(after, success ? PauseRules.afterSuccess(account, now) : account, Map.of());
  }
}
