package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Scope;
import org.jspecify.annotations.Nullable;

/** What a call takes from a rotation. */
interface Pick<T> {
  /** What is asked for. */
  Scope scope();

  /** Whether it is for a lease. */
  boolean isLease();

  /** Is called under the stripe; null means that no token is ready. */
  @Nullable T from(Rotation rotation, ScopeLane lane);

  /**
   * Undoes the pick, because its caller has gone; called outside the lock.
   *
   * @param nanos when it was made, or later, on the ticker
   * @param millis the same, on the wall clock
   */
  void giveBack(Stripes stripes, AccountId account, T taken, long nanos, long millis);
}
