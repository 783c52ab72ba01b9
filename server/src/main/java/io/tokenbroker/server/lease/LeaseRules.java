package io.tokenbroker.server.lease;

import io.tokenbroker.server.lease.LeaseAnswer.Busy;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Full;
import io.tokenbroker.server.lease.LeaseAnswer.Gone;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges the operations of one group, one after the other, on rows that the database has locked and
 * by the database's clock. Pure: what it decides counts once the database has committed it. Not
 * thread-safe.
 */
public final class LeaseRules {
  /** Long enough for the other broker's transaction. */
  private static final Duration BUSY = Duration.ofMillis(100);

  private final Instant now;
  private final Map<TokenKey, TokenLeases> tokens;
  private final Map<AccountId, LeasePolicy> policies;
  private final Map<AccountId, LeaseCounts> counts;
  private final Map<StreamOwner, @Nullable StreamId> streams;

  /**
   * @param now the database's time, from after the locks were taken
   * @param tokens those whose rows are locked; null where another broker has the lock
   * @param policies of the accounts; without one, the default
   * @param counts the live leases of the accounts that have caps, which are locked as well
   * @param streams the newest streams of the owners of those that are given leases, locked as well;
   *     null where another broker has the lock
   */
  public LeaseRules(
      Instant now,
      Map<TokenKey, @Nullable TokenLeases> tokens,
      Map<AccountId, LeasePolicy> policies,
      Map<AccountId, LeaseCounts> counts,
      Map<StreamOwner, @Nullable StreamId> streams) {
    this.now = now;
    this.tokens = tokens;
    this.policies = policies;
    this.counts = counts;
    this.streams = streams;
  }

  public LeaseAnswer judge(LeaseOp op) {
    TokenLeases token = tokens.get(op.key());
    if (op instanceof LeaseOp.Grant grant) {
      return passed(grant, grant.stream())
          .orElseGet(() -> token == null ? new Taken(BUSY, List.of()) : grant(token, grant));
    }
    if (token == null) {
      return tokens.containsKey(op.key()) ? new Busy() : new Gone(Why.ENDED);
    }
    if (op instanceof LeaseOp.Renew renew) {
      return token.renew(renew, now);
    }
    if (op instanceof LeaseOp.TakeOver takeOver) {
      return passed(takeOver, takeOver.stream()).orElseGet(() -> token.takeOver(takeOver, now));
    }
    LeaseAnswer answer = end(token, op);
    if (answer instanceof Ended ended) {
      Lease lease = ended.lease();
      LeaseCounts count = counts.get(lease.account());
      if (count != null) {
        count.add(lease.holder(), -1);
      }
    }
    return answer;
  }

  private LeaseAnswer end(TokenLeases token, LeaseOp op) {
    if (op instanceof LeaseOp.Release release) {
      return token.release(release, now);
    }
    return op instanceof LeaseOp.Withdraw withdraw
        ? token.withdraw(withdraw, now)
        : token.revoke((LeaseOp.Revoke) op, now);
  }

  /** Why a stream is given no lease: there is a later one. Empty if there is not. */
  private Optional<LeaseAnswer> passed(LeaseOp op, StreamId stream) {
    Optional<StreamOwner> owner = op.givesTo().filter(streams::containsKey);
    if (owner.isEmpty()) {
      return Optional.empty();
    }
    StreamId newest = streams.get(owner.get());
    if (newest == null) {
      return Optional.of(new Busy());
    }
    return newest.equals(stream) ? Optional.empty() : Optional.of(new Gone(Why.TAKEN_OVER));
  }

  private LeaseAnswer grant(TokenLeases token, LeaseOp.Grant op) {
    LeasePolicy policy = policies.getOrDefault(op.account(), LeasePolicy.DEFAULT);
    LeaseCounts count = counts.get(op.account());
    if (count != null) {
      Full full = count.reached(policy, op.holder().asStored());
      if (full != null) {
        return full;
      }
    }
    LeaseAnswer answer = token.grant(op, policy.perToken(), now);
    if (count != null && answer instanceof Standing) {
      count.add(op.holder().asStored(), 1);
    }
    return answer;
  }
}
