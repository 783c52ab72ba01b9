package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One lock of the table and what it guards. While it is held: no SQL, no callback, no logging, no
 * future completed, and no other stripe taken.
 */
final class Stripe {
  final ReentrantLock lock = new ReentrantLock();
  final Map<AccountId, Entry> entries = new HashMap<>();
  final UnknownAccounts unknown;

  Stripe(UnknownAccounts unknown) {
    this.unknown = unknown;
  }

  /** The rotation of an account that is loaded; else null. */
  @Nullable Rotation rotation(AccountId account) {
    Entry entry = entries.get(account);
    return entry == null ? null : entry.rotation;
  }
}
