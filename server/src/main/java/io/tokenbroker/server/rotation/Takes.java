package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Takes what calls ask for: at once, after the account's load, or after a wait. Thread-safe; no
 * call blocks a thread.
 */
final class Takes {
  private final Stripes stripes;
  private final Loads loads;
  private final RotationSettings settings;
  private volatile boolean closed;

  Takes(Stripes stripes, Loads loads, RotationSettings settings) {
    this.stripes = stripes;
    this.loads = loads;
    this.settings = settings;
  }

  <T> CompletableFuture<T> take(AccountId account, Pick<T> pick, Wait wait) {
    // 0 for who does not wait
    long leaveNanos = wait.isNo() ? 0 : leaveNanos(wait);
    return take(account, pick, leaveNanos);
  }

  private long leaveNanos(Wait wait) {
    long patience = wait.patience().minus(settings.waitMargin()).toNanos();
    return Math.max(1, stripes.times.nanos() + patience);
  }

  private <T> CompletableFuture<T> take(AccountId account, Pick<T> pick, long leaveNanos) {
    Stripe stripe = stripes.of(account);
    T picked = null;
    BrokerException failure = null;
    Waiter<T> parked = null;
    AfterUnlock afterUnlock = null;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.used(account);
      if (rotation != null) {
        if (pick.scope().isAll()) {
          stripes.times.set(rotation);
        } else {
          stripes.times.setBoth(rotation);
        }
        afterUnlock = Stripes.advance(rotation);
        try {
          ScopeLane lane = rotation.lanes.get(pick.scope());
          picked = pick.from(rotation, lane);
          if (picked == null) {
            parked = park(rotation, lane, pick, leaveNanos);
          }
        } catch (BrokerException e) {
          failure = e;
        }
        afterUnlock = Stripes.finish(rotation, afterUnlock);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (afterUnlock != null) {
      stripes.after(account, afterUnlock);
    }
    if (picked != null) {
      return CompletableFuture.completedFuture(picked);
    }
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    return parked == null ? load(stripe, account, pick, leaveNanos) : parked(account, parked);
  }

  /** Parks a call, or throws why it can't have a token. Under the lock. */
  private <T> Waiter<T> park(Rotation rotation, ScopeLane lane, Pick<T> pick, long leaveNanos) {
    boolean held = rotation.waiting().isHeld(rotation, lane, pick.isLease());
    if (leaveNanos == 0 || !(held || rotation.shortage().isPassing(lane, pick.isLease()))) {
      throw rotation.failure(lane, pick.isLease());
    }
    if (closed) {
      throw BrokerException.shuttingDown();
    }
    rotation.time(stripes.times.nanos());
    if (leaveNanos <= rotation.now.nanos) {
      throw rotation.failure(lane, pick.isLease());
    }
    if (rotation.waiters() >= settings.maxWaiters()) {
      throw BrokerException.tooManyWaiters(rotation.account, settings.maxWaiters());
    }
    Waiter<T> waiter = new Waiter<>(pick, new CompletableFuture<>());
    TurnOrder line = pick.isLease() ? lane.leases(rotation.slots) : lane.turns;
    rotation.waiting().park(line, waiter, leaveNanos, held);
    return waiter;
  }

  private <T> CompletableFuture<T> parked(AccountId account, Waiter<T> waiter) {
    waiter.future.whenComplete(
        (taken, failure) -> {
          if (waiter.future.isCancelled()) {
            stripes.act(account, rotation -> rotation.waiting().leave(waiter));
          }
        });
    return waiter.future;
  }

  /** Loads the account and tries again; a call that is cancelled meanwhile takes nothing. */
  private <T> CompletableFuture<T> load(
      Stripe stripe, AccountId account, Pick<T> pick, long leaveNanos) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loads
        .loaded(stripe, account)
        .whenComplete(
            (loaded, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else if (!result.isDone()) {
                relay(account, pick, take(account, pick, leaveNanos), result);
              }
            });
    return result;
  }

  private <T> void relay(
      AccountId account, Pick<T> pick, CompletableFuture<T> from, CompletableFuture<T> to) {
    from.whenComplete(
        (taken, failure) -> {
          if (failure != null) {
            to.completeExceptionally(failure);
          } else if (!to.complete(taken)) {
            Times times = stripes.times;
            pick.giveBack(stripes, account, taken, times.nanos(), times.millis());
          }
        });
    if (!from.isDone()) {
      to.whenComplete(
          (taken, failure) -> {
            if (to.isCancelled()) {
              from.cancel(false);
            }
          });
    }
  }

  /** Sends away all who wait; from now on nobody waits. */
  void close() {
    closed = true;
    List<AccountId> accounts = new ArrayList<>();
    stripes.forEachLoaded(
        (account, rotation, entry) -> {
          if (rotation.waiters() > 0) {
            accounts.add(account);
          }
        });
    for (AccountId account : accounts) {
      stripes.locked(
          account,
          rotation -> {
            AfterUnlock afterUnlock = new AfterUnlock();
            rotation.waiting().fail(BrokerException.shuttingDown(), afterUnlock);
            return afterUnlock;
          });
    }
  }
}
