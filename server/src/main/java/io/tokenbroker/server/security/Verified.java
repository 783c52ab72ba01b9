package io.tokenbroker.server.security;

import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import java.time.InstantSource;

/**
 * Who somebody has shown to be, and for how long that holds.
 *
 * @param from in milliseconds since 1970; refused before
 * @param until the same; refused from then on
 */
record Verified(Caller caller, long from, long until) {
  static Verified always(Caller caller) {
    return new Verified(caller, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * @throws BrokerException if it does not hold at this time
   */
  Caller at(InstantSource clock) {
    return from == Long.MIN_VALUE && until == Long.MAX_VALUE ? caller : at(clock.millis());
  }

  Caller at(long millis) {
    if (millis >= until) {
      throw BrokerException.unauthenticated(AuthenticationFailure.EXPIRED);
    }
    if (millis < from) {
      throw BrokerException.unauthenticated(AuthenticationFailure.NOT_YET_VALID);
    }
    return caller;
  }
}
