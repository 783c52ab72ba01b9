package io.tokenbroker.client.cli;

/** How many turns per second an account hands out. Not thread-safe. */
final class TurnMeter {
  static final int SAMPLES = 10;

  private final MovingAverage average = new MovingAverage(SAMPLES);
  private boolean started;
  private long lastTurn;
  private long lastNanos;
  private double rate;

  /**
   * @param turn the number of the newest turn
   * @param nanos a monotonic time
   */
  void sample(long turn, long nanos) {
    if (started && nanos > lastNanos) {
      // fewer turns than before: the account was deleted, or another broker answered
      rate = Math.max(0, turn - lastTurn) * 1e9 / (nanos - lastNanos);
      average.add(rate);
    }
    started = true;
    lastTurn = turn;
    lastNanos = nanos;
  }

  /** Whether there were two samples. */
  boolean isKnown() {
    return !average.isEmpty();
  }

  /** Turns per second between the last two samples. */
  double rate() {
    return rate;
  }

  /** The mean of the past 10 rates. */
  double average() {
    return average.mean();
  }
}
