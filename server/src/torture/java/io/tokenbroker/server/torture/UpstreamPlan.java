package io.tokenbroker.server.torture;

import com.google.protobuf.util.Durations;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenLimits;
import java.util.concurrent.TimeUnit;

/**
 * What an upstream lets each token do.
 *
 * @param count calls in any span of the window
 * @param concurrent calls at once
 */
record UpstreamPlan(int count, int windowMillis, int concurrent) {
  long windowNanos() {
    return TimeUnit.MILLISECONDS.toNanos(windowMillis);
  }

  TokenLimits limits() {
    return rate(count, windowMillis).setMaxConcurrent(concurrent).build();
  }

  /** So many turns in any span of the window, however many at once. */
  static TokenLimits.Builder rate(int count, long windowMillis) {
    return TokenLimits.newBuilder()
        .addRates(
            RateLimit.newBuilder().setCount(count).setWindow(Durations.fromMillis(windowMillis)));
  }

  /** One call more of everything: what a broker must not be told. */
  UpstreamPlan loosened() {
    return new UpstreamPlan(count + 1, windowMillis, concurrent + 1);
  }
}
