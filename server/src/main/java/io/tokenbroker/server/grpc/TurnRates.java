package io.tokenbroker.server.grpc;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The rates of many, each for as long as it says anything. Thread-safe, without locks. */
final class TurnRates {
  /** Kept before it is looked which of them say nothing any more. */
  private static final int MANY = 10_000;

  private final int seconds;
  private final ConcurrentHashMap<String, TurnRate> rates = new ConcurrentHashMap<>();

  /** When it is looked again: each look at all is paid for by as many that were added. */
  private volatile int many = MANY;

  /**
   * @param seconds for how many of them each may be saved
   */
  TurnRates(int seconds) {
    this.seconds = seconds;
  }

  boolean isEmpty() {
    return rates.isEmpty();
  }

  int size() {
    return rates.size();
  }

  @Nullable TurnRate find(String name) {
    return rates.get(name);
  }

  TurnRate of(String name, int perSecond, long now) {
    TurnRate known = rates.get(name);
    if (known != null) {
      return known;
    }
    if (rates.size() >= many) {
      rates.values().removeIf(rate -> rate.isFull(now));
      many = Math.max(MANY, 2 * rates.size());
    }
    return rates.computeIfAbsent(name, any -> new TurnRate(seconds, perSecond, now));
  }
}
