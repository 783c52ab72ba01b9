package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One change of one lease; several are committed together. */
public sealed interface LeaseOp {
  LeaseId id();

  /** The token whose leases are changed. */
  default TokenKey key() {
    return id().token();
  }

  /** Whose stream is given a lease by this; empty if no stream is. */
  default Optional<StreamOwner> givesTo() {
    return Optional.empty();
  }

  /**
   * Answered by Standing, Taken or Full; by Gone if the holder has a later stream.
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
      implements LeaseOp {
    @Override
    public Optional<StreamOwner> givesTo() {
      return stream.isNone()
          ? Optional.empty()
          : Optional.of(new StreamOwner(account, scope, holder));
    }
  }

  /**
   * Answered by Standing or Gone. To renew again changes nothing but the end.
   *
   * @param ttl how long it lasts from now on; null for as long as before, and no shorter than its
   *     holder was told
   * @param onlyOf if not null, the stream that must have the lease
   */
  record Renew(LeaseId id, long fencingNumber, @Nullable Duration ttl, @Nullable StreamId onlyOf)
      implements LeaseOp {}

  /**
   * Gives a lease to another stream of its holder. Answered by Standing, or by Gone, also if the
   * holder has a still later stream. The lease ends no sooner than its holder was told.
   *
   * @param ttl how long it lasts from now on; null to leave its end as it is
   * @param owner whose lease it is
   */
  record TakeOver(
      LeaseId id, long fencingNumber, @Nullable Duration ttl, StreamOwner owner, StreamId stream)
      implements LeaseOp {
    @Override
    public Optional<StreamOwner> givesTo() {
      return Optional.of(owner);
    }
  }

  /**
   * Answered by Ended or Gone.
   *
   * @param onlyOf if not null, the stream that must have the lease, or none if it must have none
   * @param lastTold if not null, the end that the lease must not have passed by a renewal of
   *     somebody else, who relies on it
   */
  record Release(
      LeaseId id, long fencingNumber, @Nullable StreamId onlyOf, @Nullable Instant lastTold)
      implements LeaseOp {
    public Release(LeaseId id, long fencingNumber, @Nullable StreamId onlyOf) {
      this(id, fencingNumber, onlyOf, null);
    }
  }

  /** Ends a lease that nobody was told of. Answered by Ended or Gone. */
  record Withdraw(LeaseId id) implements LeaseOp {}

  /** Answered by Ended or Gone. */
  record Revoke(LeaseId id) implements LeaseOp {}
}
