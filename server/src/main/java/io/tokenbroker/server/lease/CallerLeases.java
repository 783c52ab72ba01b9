package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.BrokerException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;

/**
 * How many leases each caller has of this broker, whatever holders it tells of: those that it asks
 * for and those that were granted here and are not known to have ended. Thread-safe.
 */
public final class CallerLeases {
  private final ToIntFunction<String> bounds;
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

  /**
   * @param bounds how many a caller may have, by its name, which is empty where nobody is asked; 0
   *     means any number
   */
  public CallerLeases(ToIntFunction<String> bounds) {
    this.bounds = bounds;
  }

  /**
   * Takes one more.
   *
   * @return gives it back, when run first
   * @throws BrokerException if the caller has as many as it may
   */
  Runnable take(String caller) {
    int bound = bounds.applyAsInt(caller);
    var unused =
        counts.compute(
            caller,
            (any, count) -> {
              int before = count == null ? 0 : count;
              if (bound > 0 && before >= bound) {
                throw BrokerException.clientLimit(caller, "leases", bound);
              }
              return before + 1;
            });
    AtomicBoolean given = new AtomicBoolean();
    return () -> {
      if (given.compareAndSet(false, true)) {
        giveBack(caller);
      }
    };
  }

  private void giveBack(String caller) {
    var unused = counts.computeIfPresent(caller, (any, count) -> count == 1 ? null : count - 1);
  }
}
