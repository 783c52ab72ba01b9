package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Lease;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a {@link LeaseOp}. */
public sealed interface LeaseAnswer {
  /**
   * The lease was granted or renewed.
   *
   * @param place which of the token's places it has
   * @param left from the moment of the change to its end, by the database's clock
   */
  record Standing(Lease lease, int place, Duration left) implements LeaseAnswer {}

  /** The lease has been released or revoked by this operation. */
  record Ended(Lease lease) implements LeaseAnswer {}

  /**
   * Not granted: the token has as many leases as it may have.
   *
   * @param left until the first of them ends unless it is renewed
   * @param by those leases, so that it is known what to wait for the end of; none if another broker
   *     is just changing them
   */
  record Taken(Duration left, List<Standing> by) implements LeaseAnswer {
    public Taken {
      by = List.copyOf(by);
    }
  }

  /**
   * Not granted: there are as many leases as may be.
   *
   * @param ofHolder whether the holder has as many as one may have, or the account
   */
  record Full(int limit, boolean ofHolder) implements LeaseAnswer {}

  /**
   * The lease is not, or not any more, what the operation is about; nothing was changed.
   *
   * @param account whose token it was of; null if nothing is known of the lease
   */
  record Gone(Why why, @Nullable AccountId account) implements LeaseAnswer {
    /** Of which nothing is known. */
    public Gone(Why why) {
      this(why, null);
    }
  }

  /** Whether the lease is gone for this reason. */
  default boolean isGone(Why why) {
    return this instanceof Gone gone && gone.why == why;
  }

  /** Nothing was done, as another broker is just changing leases of the token. */
  record Busy() implements LeaseAnswer {}

  /** Why a lease is gone. */
  enum Why {
    /** It expired, was released, or never was. */
    ENDED,
    REVOKED,
    /** Another stream has it, or its holder has a later stream. */
    TAKEN_OVER,
    /** Its holder has renewed it meanwhile, and relies on that. */
    PROLONGED,
    /** The fencing number is not that of the lease. */
    OTHER_NUMBER
  }
}
