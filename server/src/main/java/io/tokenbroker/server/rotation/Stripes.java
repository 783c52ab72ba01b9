package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Alarm;
import io.tokenbroker.server.clock.Clock;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenId;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All stripes, and how something is done under one of them: time is set, what is due is moved, who
 * waits is served first, and what must not happen under the lock happens behind it. Thread-safe.
 */
final class Stripes {
  static final int COUNT = 64;

  private static final int SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(COUNT);

  /** How many accounts are looked at under the lock at a time. */
  private static final int PORTION = 64;

  final Clock clock;
  private final Alarm alarm;
  private final Consumer<AccountId> changes;
  private final Stripe[] stripes = new Stripe[COUNT];

  Stripes(
      Clock clock,
      Alarm alarm,
      Consumer<AccountId> changes,
      java.util.function.Supplier<UnknownAccounts> unknown) {
    this.clock = clock;
    this.alarm = alarm;
    this.changes = changes;
    for (int i = 0; i < COUNT; i++) {
      stripes[i] = new Stripe(unknown.get());
    }
  }

  Stripe of(AccountId account) {
    // the upper bits of a product: a map within the stripe goes by the lower ones of the hash
    return stripes[(account.hashCode() * 0x9E3779B9) >>> SHIFT];
  }

  Stripe at(int index) {
    return stripes[index];
  }

  /** Moves what is due, and serves those who wait before anybody else. Under the lock. */
  static void advance(Rotation rotation, Moment moment) {
    rotation.advance(moment);
    if (rotation.bench.isChanged() && rotation.waiters() > 0) {
      rotation.waiting().serve(rotation, moment);
    }
  }

  /** Does what had to wait until the lock was free. */
  void after(@Nullable AfterUnlock afterUnlock) {
    if (afterUnlock != null) {
      afterUnlock.run(this);
    }
  }

  void tellChange(AccountId account) {
    changes.accept(account);
  }

  void wakeAfter(long delayNanos, AccountId account) {
    alarm.after(delayNanos, () -> wake(account));
  }

  private void wake(AccountId account) {
    locked(
        account,
        (rotation, moment) -> {
          if (rotation.waiting().takeAlarm(moment)) {
            rotation.advance(moment);
            rotation.waiting().serve(rotation, moment);
            rotation.waiting().expire(rotation, moment);
          }
          return true;
        });
  }

  /** Is called under the stripe. */
  interface Action<R> {
    @Nullable R on(Rotation rotation, Moment moment);
  }

  /**
   * Does something with an account, of which what is due is moved before; null if it is not loaded.
   * What an action throws is thrown on, after whatever it has changed until then.
   */
  <R> @Nullable R call(AccountId account, Action<R> action) {
    return locked(
        account,
        (rotation, moment) -> {
          advance(rotation, moment);
          return action.on(rotation, moment);
        });
  }

  private <R> @Nullable R locked(AccountId account, Action<R> action) {
    AfterUnlock afterUnlock = null;
    try {
      Stripe stripe = of(account);
      stripe.lock.lock();
      try {
        Entry entry = stripe.changed(account);
        Rotation rotation = entry == null ? null : entry.rotation;
        if (entry == null || rotation == null) {
          return null;
        }
        Moment moment = clock.moment();
        try {
          return action.on(rotation, moment);
        } finally {
          afterUnlock = stripe.finish(entry, rotation, moment);
        }
      } finally {
        stripe.lock.unlock();
      }
    } finally {
      after(afterUnlock);
    }
  }

  /** The same for what has no value. */
  void act(AccountId account, BiConsumer<Rotation, Moment> action) {
    call(
        account,
        (rotation, moment) -> {
          action.accept(rotation, moment);
          return true;
        });
  }

  interface SlotAction {
    void at(Rotation rotation, Slot slot, Moment moment);
  }

  /** Changes a token under the stripe, if its account is loaded and has it. */
  void withSlot(AccountId account, TokenId token, SlotAction action) {
    act(
        account,
        (rotation, moment) -> {
          Slot slot = rotation.find(token);
          if (slot != null) {
            action.at(rotation, slot, moment);
          }
        });
  }

  /**
   * As {@link #withSlot}, for what is leased of the token: a load that runs hears of it too, as it
   * may have asked for that already, and publish a token that is not there yet.
   */
  void leased(AccountId account, TokenId token, RemoteHolds news, SlotAction action) {
    Stripe stripe = of(account);
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry != null) {
        entry.hear(token, news);
      }
    } finally {
      stripe.lock.unlock();
    }
    withSlot(account, token, action);
  }

  interface Look {
    void at(AccountId account, Rotation rotation, Entry entry);
  }

  /** One stripe after the other; the look runs under the lock. */
  void forEachLoaded(Look look) {
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        stripe.entries.forEach(
            entry -> {
              Rotation rotation = entry.rotation;
              if (rotation != null) {
                look.at(entry.account, rotation, entry);
              }
            });
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /**
   * As {@link #forEachLoaded}, but the lock is let go after each portion.
   *
   * @param first is given each stripe before its accounts, under its lock
   */
  void forEachInPortions(Consumer<Stripe> first, BiConsumer<Rotation, Entry> look) {
    for (Stripe stripe : stripes) {
      List<Entry> entries;
      stripe.lock.lock();
      try {
        first.accept(stripe);
        entries = stripe.entries.all();
      } finally {
        stripe.lock.unlock();
      }
      for (int i = 0; i < entries.size(); i += PORTION) {
        stripe.lock.lock();
        try {
          for (Entry entry : entries.subList(i, Math.min(entries.size(), i + PORTION))) {
            Rotation rotation = entry.rotation;
            if (rotation != null) {
              look.accept(rotation, entry);
            }
          }
        } finally {
          stripe.lock.unlock();
        }
      }
    }
  }

  /**
   * What anything was done with since it was counted, and whose position is not saved yet: with
   * nothing of the kind, a round looks at no account, however many are loaded. The look runs under
   * the lock, which is let go after each portion.
   */
  void forEachChanged(Look look) {
    for (Stripe stripe : stripes) {
      look(stripe, changed(stripe), look);
    }
  }

  /** The same of those of whose tokens the store has to be told. */
  void forEachUnsaved(Look look) {
    for (Stripe stripe : stripes) {
      List<Entry> unsaved;
      stripe.lock.lock();
      try {
        unsaved = stripe.unsaved.all();
      } finally {
        stripe.lock.unlock();
      }
      look(stripe, unsaved, look);
    }
  }

  /** Those of a stripe that {@link #forEachChanged} looks at. */
  static List<Entry> changed(Stripe stripe) {
    stripe.lock.lock();
    try {
      return stripe.changed.all();
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Looks at those that are still there. */
  static void look(Stripe stripe, List<Entry> entries, Look look) {
    for (int i = 0; i < entries.size(); i += PORTION) {
      stripe.lock.lock();
      try {
        for (Entry entry : entries.subList(i, Math.min(entries.size(), i + PORTION))) {
          Rotation rotation = entry.rotation;
          // it may have been saved, or have left, since
          if (rotation != null && (entry.place >= 0 || entry.listed)) {
            look.at(rotation.account, rotation, entry);
          }
          stripe.drop(entry);
        }
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /** How many accounts the next {@link #forEachChanged} looks at. */
  int changed() {
    return sum(stripe -> stripe.changed.size());
  }

  /** How many accounts are loaded or being loaded. */
  int size() {
    return sum(stripe -> stripe.entries.size());
  }

  private int sum(ToIntFunction<Stripe> part) {
    int sum = 0;
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        sum += part.applyAsInt(stripe);
      } finally {
        stripe.lock.unlock();
      }
    }
    return sum;
  }
}
