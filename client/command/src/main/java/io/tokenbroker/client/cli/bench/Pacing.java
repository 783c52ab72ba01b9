package io.tokenbroker.client.cli.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When each call is to begin, whatever the answers to those before take: at first more and more
 * often, then at a rate.
 *
 * @param perSecond calls; 0 for as many as there is an answer to: each is to begin at once
 * @param ramp for so long the rate, if there is one, rises evenly from none; nothing counts
 * @param duration for so long after that
 */
public record Pacing(double perSecond, Duration ramp, Duration duration) {
  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  public boolean isOpen() {
    return perSecond > 0;
  }

  /**
   * In nanoseconds from the begin.
   *
   * @param call its number, from 0 on
   */
  long due(long call) {
    if (!isOpen()) {
      return 0;
    }
    double rampSeconds = ramp.toNanos() / SECOND;
    double inRamp = perSecond * rampSeconds / 2;
    double seconds =
        call < inRamp
            ? Math.sqrt(2 * rampSeconds * call / perSecond)
            : call / perSecond + rampSeconds / 2;
    return (long) (seconds * SECOND);
  }

  /** How many are to begin after the ramp; 0 without a rate. */
  public long calls() {
    return Math.round(perSecond * (duration.toNanos() / SECOND));
  }

  /** When the last one may begin, in nanoseconds from the begin. */
  long end() {
    return ramp.plus(duration).toNanos();
  }
}
