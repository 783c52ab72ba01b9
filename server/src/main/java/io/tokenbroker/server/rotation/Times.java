package io.tokenbroker.server.rotation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Both clocks. Thread-safe. */
final class Times {
  private final LongSupplier ticker;
  private final InstantSource clock;
  private final long start;

  Times(LongSupplier ticker, InstantSource clock) {
    this.ticker = ticker;
    this.clock = clock;
    this.start = ticker.getAsLong();
  }

  /** Since this began: small numbers, which compare without an overflow. */
  long nanos() {
    return ticker.getAsLong() - start;
  }

  long millis() {
    return clock.millis();
  }

  Instant instant() {
    return clock.instant();
  }

  /** To be called whenever a stripe is taken to do something with a rotation. */
  void set(Rotation rotation) {
    if (rotation.isTimed()) {
      rotation.setBoth(nanos(), millis());
    } else {
      rotation.setNow(0, millis());
    }
  }

  /** The same for what needs the monotonic clock. */
  void setBoth(Rotation rotation) {
    rotation.setBoth(nanos(), millis());
  }
}
