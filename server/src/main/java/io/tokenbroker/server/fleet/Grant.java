package io.tokenbroker.server.fleet;

/**
 * This broker's right on one partition in one epoch: what was loaded by it may be used by it alone.
 * Once it has ended it never comes back. Thread-safe.
 */
public final class Grant {
  /** What may be done. */
  public enum State {
    /** Everything. */
    HELD,
    /**
     * The database could not be asked for too long: another broker may be the owner by now. Becomes
     * HELD again if none is.
     */
    LAPSED,
    /** It is about to be handed over: save what is here, and change nothing any more. */
    STOPPED,
    /** Nothing: another broker may have changed everything since. */
    ENDED
  }

  private final Owner.Here owner;
  private final Tenure tenure;
  private volatile State state = State.HELD;

  Grant(int partition, long epoch, Tenure tenure) {
    this.owner = new Owner.Here(partition, epoch);
    this.tenure = tenure;
  }

  public Owner.Here owner() {
    return owner;
  }

  /** At this moment; {@link State#LAPSED} by the clock. */
  public State state() {
    State now = state;
    return now == State.HELD && !tenure.holds() ? State.LAPSED : now;
  }

  boolean isEnded() {
    return state == State.ENDED;
  }

  synchronized void stop() {
    if (state == State.HELD) {
      state = State.STOPPED;
    }
  }

  /** It was not handed over after all. */
  synchronized void resume() {
    if (state == State.STOPPED) {
      state = State.HELD;
    }
  }

  synchronized void end() {
    state = State.ENDED;
  }
}
