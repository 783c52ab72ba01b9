package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Remembers for a short while which accounts the store did not have, so that asking for one again
 * and again costs no queries. Bounded: the oldest is forgotten first. Guarded by its stripe.
 */
final class UnknownAccounts {
  private static final int CAPACITY = 64;

  private final long ttlNanos;
  private final LongSupplier ticker;

  /** The values are when to forget, on the ticker. */
  private final Map<AccountId, Long> forgetAt =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<AccountId, Long> eldest) {
          return size() > CAPACITY;
        }
      };

  UnknownAccounts(long ttlNanos, LongSupplier ticker) {
    this.ttlNanos = ttlNanos;
    this.ticker = ticker;
  }

  void add(AccountId account) {
    forgetAt.remove(account);
    forgetAt.put(account, ticker.getAsLong() + ttlNanos);
  }

  void remove(AccountId account) {
    forgetAt.remove(account);
  }

  boolean contains(AccountId account) {
    Long time = forgetAt.get(account);
    if (time != null && time - ticker.getAsLong() <= 0) {
      forgetAt.remove(account);
      return false;
    }
    return time != null;
  }
}
