package io.tokenbroker.server.lease;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.LeaseId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One change of one lease; several are committed together. */
public sealed interface LeaseOp {
  LeaseId id();

  /** The token whose leases are changed. */
  default TokenKey key() {
    return id().token();
  }

  /**
   * Answered by Standing, Taken or Full.
   *
   * @param id a new one
   * @param stream the stream that will renew it, or none
   */
  record Grant(
      LeaseId id,
      AccountId account,
      TokenId token,
      Scope scope,
      Holder holder,
      Duration ttl,
      StreamId stream)
      implements LeaseOp {}

  /**
   * Answered by Standing or Gone. To renew again changes nothing but the end.
   *
   * @param ttl null for as long as before
   * @param onlyOf if not null, the stream that must have the lease
   * @param takeOver if not null, the stream that has it from now on
   */
  record Renew(
      LeaseId id,
      long fencingNumber,
      @Nullable Duration ttl,
      @Nullable StreamId onlyOf,
      @Nullable StreamId takeOver)
      implements LeaseOp {}

  /**
   * Answered by Ended or Gone.
   *
   * @param onlyOf if not null, the stream that must have the lease
   */
  record Release(LeaseId id, long fencingNumber, @Nullable StreamId onlyOf) implements LeaseOp {}

  /** Ends a lease that nobody was told of. Answered by Ended or Gone. */
  record Withdraw(LeaseId id) implements LeaseOp {}

  /** Answered by Ended or Gone. */
  record Revoke(LeaseId id) implements LeaseOp {}
}
