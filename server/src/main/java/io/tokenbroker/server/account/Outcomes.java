package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.outcome.OutcomeRules;
import io.tokenbroker.server.outcome.Report;
import io.tokenbroker.server.rotation.ReportRule;
import io.tokenbroker.server.rotation.RotationTable;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what callers report of the upstream. Thread-safe, never blocks; the first report for an
 * account loads it. Futures fail with a {@link BrokerException}.
 */
public final class Outcomes {
  private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

  private final RotationTable table;
  private final OutcomeRules rules;
  private final StateSaver saver;
  private final QuarantineListener refused;

  /**
   * @param refused is told of each token that comes into quarantine, outside of any lock
   */
  public Outcomes(
      RotationTable table, OutcomeRules rules, StateSaver saver, QuarantineListener refused) {
    this.refused = refused;
    this.table = table;
    this.rules = rules;
    this.saver = saver;
  }

  /**
   * @param turn in which the token was handed out; 0 if it is unknown
   */
  public CompletableFuture<Reported> report(
      AccountId account, TokenId token, long turn, Report report) {
    return table.report(
        account, token, turn, report.budgets(), new Judge(account, token, turn, report));
  }

  /** Used by one report. */
  private final class Judge implements ReportRule {
    private final AccountId account;
    private final TokenId token;
    private final long turn;
    private final Report report;

    // written under the lock of the account; what is told comes after it
    private volatile boolean begins;
    private volatile boolean changes;

    Judge(AccountId account, TokenId token, long turn, Report report) {
      this.account = account;
      this.token = token;
      this.turn = turn;
      this.report = report;
    }

    @Override
    public Verdict judge(Health before, AccountHealth of, Instant now) {
      Verdict verdict = rules.judge(before, of, token, turn, report, now);
      changes = !Objects.equals(before.quarantine(), verdict.health().quarantine());
      begins = changes && before.quarantine() == null;
      return verdict;
    }

    @Override
    public void taken(Reported reported) {
      if (!changes) {
        return;
      }
      log.atInfo()
          .addKeyValue("account", account)
          .addKeyValue("token", token)
          .addKeyValue("outcome", report.outcome())
          .log(
              reported.health().quarantine() == null
                  ? "token back from quarantine"
                  : "token in quarantine");
      CompletableFuture<Boolean> unused = saver.save();
      if (begins) {
        refused.quarantined(account, reported, report.outcome());
      }
    }
  }

  /** Makes a token as good as new. */
  public CompletableFuture<TokenStatus> reset(AccountId account, TokenId token) {
    return table
        .reset(account, token)
        .thenApply(
            state -> {
              log.atInfo()
                  .addKeyValue("account", account)
                  .addKeyValue("token", token)
                  .log("token reset");
              CompletableFuture<Boolean> unused = saver.save();
              return state;
            });
  }
}
