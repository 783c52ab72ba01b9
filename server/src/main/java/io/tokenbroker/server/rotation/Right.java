package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.concurrent.CompletableFuture;

/**
 * By what right this broker hands out what it has loaded of an account. Asked under a stripe:
 * quick, without I/O. What was loaded by one that has ended is never used again.
 */
public interface Right {
  /** That of a broker which shares its accounts with nobody. */
  Right ALWAYS =
      new Right() {
        @Override
        public State state() {
          return State.FULL;
        }

        @Override
        public BrokerException refusal(AccountId account) {
          throw new IllegalStateException("it never ends");
        }
      };

  /** What may be done with the account. */
  enum State {
    FULL,
    /** Turns are handed out unless there are limits to be kept. */
    UNLIMITED,
    /** Nothing changes any more: it is being saved, for somebody else or to go on here. */
    STOPPED,
    ENDED
  }

  State state();

  /** Another one for each right that this broker has to an account, one after the other. */
  default int serial() {
    return 0;
  }

  /** Whether turns may be handed out now, and reports taken. */
  default boolean serves(boolean limited) {
    if (this == ALWAYS) {
      return true;
    }
    State now = state();
    return now == State.FULL || (now == State.UNLIMITED && !limited);
  }

  /** Whether an account that is not here yet may be loaded by it. */
  default boolean loads() {
    return this == ALWAYS || state() == State.FULL;
  }

  /**
   * Whether what is used of limits has to be in the store before anybody hears of it: if this
   * broker crashes, the next one to have the right knows nothing else.
   */
  default boolean savesFirst() {
    return false;
  }

  /** Does so, outside the lock; tells, never with a failure, whether all of it is saved. */
  default CompletableFuture<Boolean> save() {
    return CompletableFuture.completedFuture(true);
  }

  /** Whether what is done by it is saved: where nobody can own the account, it is not. */
  default boolean isSaved() {
    return !isOver();
  }

  default boolean isOver() {
    return this != ALWAYS && state() == State.ENDED;
  }

  /** What a caller hears whom this right does not serve, or not any more. */
  BrokerException refusal(AccountId account);
}
