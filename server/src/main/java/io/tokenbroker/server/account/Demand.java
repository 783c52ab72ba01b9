package io.tokenbroker.server.account;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many turns the reader of one stream has asked for and not been given. Thread-safe; one stream
 * takes from it.
 */
public final class Demand {
  /** What a stream may take of limited tokens if its reader does not say how much it wants. */
  public static final int DEFAULT = 100;

  private final AtomicLong left;
  private volatile Runnable wake = () -> {};

  /** Whether turns count although no token is limited. */
  private volatile boolean bounded;

  /**
   * @param initial at first; 0 for {@link #DEFAULT}, which counts only once a token is limited
   */
  public Demand(long initial) {
    this.left = new AtomicLong(initial == 0 ? DEFAULT : initial);
    this.bounded = initial > 0;
  }

  private Demand(long left, boolean bounded) {
    this.left = new AtomicLong(left);
    this.bounded = bounded;
  }

  /**
   * Of a stream that goes on where another one has ended.
   *
   * @param left may be 0
   */
  public static Demand outstanding(long left) {
    return new Demand(left, true);
  }

  /** What a stream that goes on elsewhere is to begin with; empty while nothing counts. */
  public OptionalLong outstanding() {
    return bounded ? OptionalLong.of(Math.max(0, left.get())) : OptionalLong.empty();
  }

  /**
   * @param wake is called when there is more; from any thread
   */
  public void onMore(Runnable wake) {
    this.wake = wake;
  }

  /** Whether a turn may be made. */
  public boolean isOpen() {
    return !bounded || left.get() > 0;
  }

  /** How many turns may be made, if any token is limited or not. */
  long left(boolean limited) {
    return limited || bounded ? left.get() : Long.MAX_VALUE;
  }

  /**
   * Takes note of turns that were made.
   *
   * @param limited whether any token was limited then: they count, and so do all to come
   */
  void made(int turns, boolean limited) {
    if (limited) {
      bounded = true;
    }
    if (bounded) {
      left.addAndGet(-turns);
    }
  }

  /** Takes note of turns that were made and have not been sent. */
  void unmade(int turns) {
    if (bounded) {
      left.addAndGet(turns);
    }
  }

  /** Adds to the demand, up to 2^63 - 1; returns what it is then. */
  long add(long count) {
    return left.updateAndGet(
        before -> before > Long.MAX_VALUE - count ? Long.MAX_VALUE : before + count);
  }

  void wake() {
    wake.run();
  }
}
