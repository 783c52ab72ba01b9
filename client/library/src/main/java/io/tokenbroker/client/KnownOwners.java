package io.tokenbroker.client;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Which broker of a fleet owns an account, as answers tell. Thread-safe. */
final class KnownOwners {
  private static final int MOST = 10_000;

  private final ConcurrentHashMap<String, String> addresses = new ConcurrentHashMap<>();

  /** HOST:PORT; null if nothing is known. */
  @Nullable String of(String account) {
    return addresses.get(account);
  }

  void learn(String account, String address) {
    if (address.equals(addresses.get(account))) {
      return;
    }
    if (addresses.size() >= MOST) {
      addresses.clear(); // the next answers tell again
    }
    addresses.put(account, address);
  }

  void forget(String account) {
    addresses.remove(account);
  }
}
