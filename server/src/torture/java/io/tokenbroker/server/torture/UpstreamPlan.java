package io.tokenbroker.server.torture;

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

  /** One call more of everything: what a broker must not be told. */
  UpstreamPlan loosened() {
    return new UpstreamPlan(count + 1, windowMillis, concurrent + 1);
  }
}
