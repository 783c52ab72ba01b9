package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Puts accounts out when all that are loaded take too much memory: those that were not used for
 * longest, about (a clock with second chances walks over each stripe), and only what the store
 * would give back as it is. Thread-safe; one stripe at a time.
 */
final class Evictions {
  /** How many entries of a stripe are looked at at a time. */
  private static final int LOOKS = 32;

  private final Stripes stripes;
  private final EvictionGuard guard;
  private final long maxBytes;

  /** From here on accounts are put out, so that there is room for the next one. */
  private final long goalBytes;

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean running = new AtomicBoolean();

  /** The stripe that is next; used by who runs. */
  private int hand;

  Evictions(Stripes stripes, EvictionGuard guard, long maxBytes) {
    this.stripes = stripes;
    this.guard = guard;
    this.maxBytes = maxBytes;
    this.goalBytes = maxBytes - maxBytes / 8;
  }

  /** Of all accounts that are loaded or being loaded, about. */
  long bytes() {
    return bytes.get();
  }

  /** Whether no other account may be loaded now. */
  boolean isFull() {
    return bytes.get() >= maxBytes;
  }

  /** Counts an entry as what it takes now. Under its stripe. */
  void count(Entry entry) {
    entry.uncounted = false;
    long present = entry.rotation == null ? Entry.LOADING_BYTES : entry.rotation.bytes();
    if (present != entry.bytes) {
      bytes.addAndGet(present - entry.bytes);
      entry.bytes = present;
    }
  }

  /** The same, unless nothing was done with it since. */
  void countIfUsed(Entry entry) {
    if (entry.uncounted) {
      count(entry);
    }
  }

  /** An entry has left the table. Under its stripe. */
  void discount(Entry entry) {
    bytes.addAndGet(-entry.bytes);
    entry.bytes = 0;
  }

  /**
   * Puts accounts out until there is room, or none can go now. Each is looked at once at the most,
   * so that one that has just been loaded stays until who asked for it has used it. Tells whether
   * any account stays only because it is not saved.
   */
  boolean makeRoom() {
    if (bytes.get() <= goalBytes || !running.compareAndSet(false, true)) {
      return false;
    }
    boolean unsaved = false;
    try {
      for (int i = 0; i < Stripes.COUNT && bytes.get() > goalBytes; i++) {
        hand = (hand + 1) % Stripes.COUNT;
        unsaved |= makeRoomIn(stripes.at(hand));
      }
    } finally {
      running.set(false);
    }
    return unsaved;
  }

  /** As {@link #makeRoom}; begins to save what keeps accounts. Not for what follows a save. */
  void evict() {
    if (makeRoom()) {
      guard.save();
    }
  }

  /** Tells whether any account stays only because it is not saved. */
  private boolean makeRoomIn(Stripe stripe) {
    Stripe.Idle idle;
    stripe.lock.lock();
    try {
      idle = stripe.idle(LOOKS, stripes.clock.moment());
    } finally {
      stripe.lock.unlock();
    }
    List<AccountId> unguarded =
        idle.accounts().stream().filter(account -> !guard.keeps(account)).toList();
    if (!unguarded.isEmpty()) {
      List<AccountId> left;
      stripe.lock.lock();
      try {
        left = unguarded.stream().filter(account -> putOut(stripe, account)).toList();
      } finally {
        stripe.lock.unlock();
      }
      left.forEach(guard::left);
    }
    return idle.unsaved();
  }

  /** Unless somebody has used it, and may rely on it, since it was found idle. */
  private boolean putOut(Stripe stripe, AccountId account) {
    Entry entry = stripe.entries.get(account);
    if (entry == null
        || entry.used
        || !entry.isIdle(stripes.clock.moment())
        || bytes.get() <= goalBytes) {
      return false;
    }
    stripe.remove(account);
    discount(entry);
    return true;
  }

  /** An account has left the table otherwise. Outside the lock. */
  void left(AccountId account) {
    guard.left(account);
  }
}
