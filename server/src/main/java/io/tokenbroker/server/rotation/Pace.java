package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a stream, which is back for its next turn at once, from taking what others come back for:
 * while several want an account's limited tokens, it takes one turn, and the next when each of them
 * had one or has not come for a while. Guarded by the stripe of its account.
 */
final class Pace {
  /** For how long a turn is kept for who has to come back over a network. */
  static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private long heldUntilTaken;
  private long heldUntilNanos;

  /** Takes a turn in an order; the others have theirs before the next one. */
  void take(TurnOrder order, Moment moment) {
    heldUntilTaken = order.taken() + order.contention().parties() - 1;
    heldUntilNanos = moment.nanos() + GRACE_NANOS;
  }

  boolean isHeld(TurnOrder order, Moment moment) {
    return order.taken() < heldUntilTaken && moment.nanos() < heldUntilNanos;
  }
}
