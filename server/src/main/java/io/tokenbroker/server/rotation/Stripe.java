package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One lock of the table and what it guards. While it is held: no SQL, no callback, no logging, no
 * future completed, and no other stripe taken.
 */
final class Stripe {
  final ReentrantLock lock = new ReentrantLock();

  final Entries entries = new Entries();

  final ChangedEntries changed = new ChangedEntries();
  final UnsavedEntries unsaved = new UnsavedEntries();
  final FingerprintTrails trails = new FingerprintTrails();
  final UnknownAccounts unknown;

  /** Of the accounts that have left. */
  long turnsOfLeft;

  Stripe(UnknownAccounts unknown) {
    this.unknown = unknown;
  }

  /** The rotation of an account that is loaded, to be read only; else null. */
  @Nullable Rotation rotation(AccountId account) {
    Entry entry = entries.get(account);
    return entry == null ? null : entry.rotation;
  }

  /** That of an account, loaded or not, to do something with it; {@link #finish} is to follow. */
  @Nullable Entry changed(AccountId account) {
    Entry entry = entries.get(account);
    if (entry != null) {
      changed(entry);
    }
    return entry;
  }

  private void changed(Entry entry) {
    entry.uncounted = true;
    changed.add(entry);
  }

  /** The same for who uses it, so that it stays; null also where that is nobody's right. */
  @Nullable Entry used(AccountId account) {
    Entry entry = entries.get(account);
    if (entry == null) {
      return null;
    }
    Rotation rotation = entry.rotation;
    if (rotation != null && !rotation.right.serves(rotation.isLimited())) {
      return null;
    }
    entry.used = true;
    changed(entry);
    return entry;
  }

  /**
   * To be called last, whenever something was done with what is loaded: {@link Rotation#finish}.
   */
  @Nullable AfterUnlock finish(Entry entry, Rotation rotation, Moment moment) {
    AfterUnlock afterUnlock = rotation.finish(moment);
    unsaved.note(entry);
    return afterUnlock;
  }

  /** Something else has been loaded, which may have to be saved. */
  void loaded(Entry entry) {
    changed(entry);
    unsaved.note(entry);
  }

  /** Of an entry that has just been looked at. */
  void drop(Entry entry) {
    if (entry.rotation == null || !(entry.hasMoved() || entry.uncounted)) {
      changed.remove(entry);
    }
    unsaved.note(entry);
  }

  void remove(AccountId account) {
    trails.remove(account);
    Entry entry = entries.remove(account);
    if (entry != null) {
      changed.remove(entry);
      unsaved.remove(entry);
      turnsOfLeft += entry.turns();
    }
  }

  /**
   * @param unsaved whether any other would be idle if it were saved
   */
  record Idle(List<AccountId> accounts, boolean unsaved) {}

  /** Looks at the next few entries: which were not used since the last look, and may go? */
  Idle idle(int looks, Moment moment) {
    List<AccountId> idle = new ArrayList<>();
    boolean unsaved = false;
    for (Entry entry : entries.next(looks)) {
      if (!entry.used && entry.isIdle(moment)) {
        idle.add(entry.account);
      }
      unsaved |= entry.isUnsaved();
      entry.used = false;
    }
    return new Idle(idle, unsaved);
  }
}
