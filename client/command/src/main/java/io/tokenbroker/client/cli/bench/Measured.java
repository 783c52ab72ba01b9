package io.tokenbroker.client.cli.bench;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What calls took, and why some failed.
 *
 * @param answers their times in nanoseconds
 * @param failures how many, by reason
 * @param seconds in which all that came
 */
public record Measured(Histogram answers, Map<String, Long> failures, double seconds) {
  static final Measured NOTHING = new Measured(histogram(), Map.of(), 0);

  private static final int DIGITS = 3;

  /** Grows to what it is to hold. */
  static Histogram histogram() {
    return new Histogram(DIGITS);
  }

  Measured and(Measured more) {
    Histogram all = answers.copy();
    all.add(more.answers);
    Map<String, Long> failed = new TreeMap<>(failures);
    more.failures.forEach((why, count) -> failed.merge(why, count, Long::sum));
    return new Measured(all, failed, seconds + more.seconds);
  }

  Measured within(double length) {
    return new Measured(answers, failures, length);
  }

  public long answered() {
    return answers.getTotalCount();
  }

  public long failed() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Of those that were answered. */
  public double perSecond() {
    return answered() / seconds;
  }

  /**
   * In milliseconds; 0 if nothing was answered.
   *
   * @param percentile 100 for the longest
   */
  public double millis(double percentile) {
    return answered() == 0 ? 0 : answers.getValueAtPercentile(percentile) / 1e6;
  }
}
