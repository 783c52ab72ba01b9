package io.tokenbroker.server.rotation;

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

  final Times times;
  private final Alarm alarm;
  private final Consumer<AccountId> changes;
  private final Stripe[] stripes = new Stripe[COUNT];

  Stripes(
      Times times,
      Alarm alarm,
      Consumer<AccountId> changes,
      java.util.function.Supplier<UnknownAccounts> unknown) {
    this.times = times;
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
  static @Nullable AfterUnlock advance(Rotation rotation) {
    rotation.advance();
    if (!rotation.bench.changed || rotation.waiters() == 0) {
      return null;
    }
    AfterUnlock afterUnlock = new AfterUnlock();
    rotation.waiting().serve(rotation, afterUnlock);
    return afterUnlock;
  }

  /** Serves those who wait after a change, and says what else has to happen. Under the lock. */
  static @Nullable AfterUnlock finish(Rotation rotation, @Nullable AfterUnlock begun) {
    boolean changed = rotation.bench.changed;
    boolean waiting = rotation.waiters() > 0;
    if (!changed && !waiting) {
      return begun;
    }
    AfterUnlock afterUnlock = begun == null ? new AfterUnlock() : begun;
    if (waiting) {
      if (changed || rotation.waiting().isHolding()) {
        rotation.waiting().serve(rotation, afterUnlock);
      }
      rotation.waiting().setAlarm(rotation, afterUnlock);
    }
    afterUnlock.changed |= rotation.takeChanged();
    return afterUnlock;
  }

  /** Does what had to wait until the lock was free. */
  void after(AccountId account, AfterUnlock afterUnlock) {
    if (afterUnlock.alarmDelay >= 0) {
      alarm.after(afterUnlock.alarmDelay, () -> wake(account));
    }
    try {
      afterUnlock.complete(this);
    } finally {
      if (afterUnlock.changed) {
        changes.accept(account);
      }
    }
  }

  private void wake(AccountId account) {
    locked(
        account,
        rotation -> {
          AfterUnlock afterUnlock = new AfterUnlock();
          if (rotation.waiting().takeAlarm(rotation.now)) {
            rotation.advance();
            rotation.waiting().serve(rotation, afterUnlock);
            rotation.waiting().expire(rotation, afterUnlock);
          }
          return finish(rotation, afterUnlock);
        });
  }

  /** Is called under the stripe, with both clocks set. */
  interface Step {
    @Nullable AfterUnlock apply(Rotation rotation);
  }

  /** Does something with an account, if it is loaded. */
  void locked(AccountId account, Step step) {
    Stripe stripe = of(account);
    AfterUnlock afterUnlock = null;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.changed(account);
      if (rotation != null) {
        times.setBoth(rotation);
        afterUnlock = step.apply(rotation);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (afterUnlock != null) {
      after(account, afterUnlock);
    }
  }

  /** Changes an account under the stripe, if it is loaded; what is due is moved before. */
  void act(AccountId account, Consumer<Rotation> action) {
    locked(
        account,
        rotation -> {
          AfterUnlock begun = advance(rotation);
          action.accept(rotation);
          return finish(rotation, begun);
        });
  }

  /** Changes a token under the stripe, if its account is loaded and has it. */
  void withSlot(AccountId account, TokenId token, BiConsumer<Rotation, Slot> action) {
    act(
        account,
        rotation -> {
          Slot slot = rotation.find(token);
          if (slot != null) {
            action.accept(rotation, slot);
          }
        });
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
            (account, entry) -> {
              Rotation rotation = entry.rotation;
              if (rotation != null) {
                look.at(account, rotation, entry);
              }
            });
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /**
   * What anything was done with since it was saved, and what is not saved yet: with nothing of the
   * kind, a round looks at no account, however many are loaded. The look runs under the lock, which
   * is let go after each portion.
   */
  void forEachChanged(Look look) {
    for (Stripe stripe : stripes) {
      List<Entry> changed;
      stripe.lock.lock();
      try {
        changed = stripe.changed.all();
      } finally {
        stripe.lock.unlock();
      }
      for (int i = 0; i < changed.size(); i += PORTION) {
        stripe.lock.lock();
        try {
          for (Entry entry : changed.subList(i, Math.min(changed.size(), i + PORTION))) {
            look(stripe, entry, look);
          }
        } finally {
          stripe.lock.unlock();
        }
      }
    }
  }

  private static void look(Stripe stripe, Entry entry, Look look) {
    Rotation rotation = entry.rotation;
    // it may have been saved, or have left, since
    if (rotation != null && entry.place >= 0) {
      look.at(rotation.account, rotation, entry);
    }
    if (!entry.isUnsaved()) {
      stripe.changed.remove(entry);
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
