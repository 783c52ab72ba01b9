package io.tokenbroker.client.cli;

/** The mean of the newest samples. Not thread-safe. */
final class MovingAverage {
  private final double[] samples;
  private int next;
  private int count;

  /**
   * @param window how many samples, from 1; while there are fewer, the mean is of those
   */
  MovingAverage(int window) {
    if (window < 1) {
      throw new IllegalArgumentException("window must be at least 1, is " + window);
    }
    this.samples = new double[window];
  }

  void add(double sample) {
    samples[next] = sample;
    next = (next + 1) % samples.length;
    count = Math.min(count + 1, samples.length);
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** 0 before the first sample. Summed anew each time, so that no rounding error stays. */
  double mean() {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += samples[i];
    }
    return count == 0 ? 0 : sum / count;
  }
}
