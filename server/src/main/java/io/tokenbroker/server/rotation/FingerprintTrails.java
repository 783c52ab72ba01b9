package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the fingerprints of those big accounts were that have changed last: a check that was asking
 * while this broker changed them knows them again. Bounded: the oldest is forgotten first. Guarded
 * by its stripe.
 */
final class FingerprintTrails {
  private static final int ACCOUNTS = 16;
  private static final int LENGTH = 64;

  private final Map<AccountId, ArrayDeque<Fingerprint>> trails =
      new LinkedHashMap<>(2, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<AccountId, ArrayDeque<Fingerprint>> eldest) {
          return size() > ACCOUNTS;
        }
      };

  void add(AccountId account, Fingerprint before, Fingerprint now) {
    ArrayDeque<Fingerprint> trail = trails.computeIfAbsent(account, any -> new ArrayDeque<>());
    if (!before.equals(trail.peekLast())) {
      trail.clear();
      trail.add(before);
    }
    trail.add(now);
    if (trail.size() > LENGTH) {
      trail.remove();
    }
  }

  void remove(AccountId account) {
    trails.remove(account);
  }

  boolean contains(AccountId account) {
    return trails.containsKey(account);
  }

  /** Whether it was so at any time since it was as {@code before}. */
  boolean was(AccountId account, Fingerprint before, Fingerprint so) {
    @Nullable ArrayDeque<Fingerprint> trail = trails.get(account);
    boolean since = false;
    if (trail != null) {
      for (Fingerprint one : trail) {
        since |= one.equals(before);
        if (since && one.equals(so)) {
          return true;
        }
      }
    }
    return false;
  }
}
