package io.tokenbroker.server.fleet;

import java.time.Duration;

/** Who answers for an account at this moment. */
public sealed interface Owner {
  int partition();

  /** This broker, by the epoch that it was granted. */
  record Here(int partition, long epoch) implements Owner {}

  /**
   * Another member.
   *
   * @param address as it advertises it, HOST:PORT
   */
  record At(String address, int partition, long epoch) implements Owner {}

  /**
   * Nobody, as far as is known.
   *
   * @param retryAfter when to ask again
   */
  record Unknown(int partition, Duration retryAfter) implements Owner {}
}
