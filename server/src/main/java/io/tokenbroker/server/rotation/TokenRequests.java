package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes what calls ask for: at once, after the account's load, or after a wait. Thread-safe; no
 * call blocks a thread.
 */
final class TokenRequests {
  private final Stripes stripes;
  private final Loads loads;
  private final RotationSettings settings;
  private volatile boolean closed;

  TokenRequests(Stripes stripes, Loads loads, RotationSettings settings) {
    this.stripes = stripes;
    this.loads = loads;
    this.settings = settings;
  }

  <T> CompletableFuture<T> take(AccountId account, TokenRequest<T> request, Wait wait) {
    // 0 for who does not wait
    long leaveNanos = wait.isNo() ? 0 : leaveNanos(wait);
    return take(account, request, wait.caller(), leaveNanos);
  }

  private long leaveNanos(Wait wait) {
    long patience = wait.patience().minus(settings.waitMargin()).toNanos();
    return Math.max(1, stripes.clock.nanos() + patience);
  }

  private <T> CompletableFuture<T> take(
      AccountId account, TokenRequest<T> request, String caller, long leaveNanos) {
    Stripe stripe = stripes.of(account);
    CompletableFuture<T> answer = null;
    Right savesFirst = null;
    Moment made = null;
    AfterUnlock afterUnlock = null;
    stripe.lock.lock();
    try {
      Entry entry = stripe.used(account);
      Rotation rotation = entry == null ? null : entry.rotation;
      if (entry != null && rotation != null) {
        Moment moment = begin(rotation, request);
        answer = answer(rotation, request, caller, leaveNanos, moment);
        made = answer.isDone() ? moment : null;
        savesFirst = savesFirst(rotation, request);
        afterUnlock = stripe.finish(entry, rotation, moment);
      }
    } finally {
      stripe.lock.unlock();
    }
    stripes.after(afterUnlock);
    if (answer == null) {
      return load(stripe, account, request, caller, leaveNanos);
    }
    return savesFirst == null ? answer : saved(account, request, answer, made, savesFirst);
  }

  /** The right that has what is used of limits saved before it is told; null if none does. */
  private static @Nullable Right savesFirst(Rotation rotation, TokenRequest<?> request) {
    Right right = rotation.right;
    return rotation.isLimited() && !request.isLease() && right.savesFirst() ? right : null;
  }

  /**
   * What is taken, once the store knows what it has used of limits; else it is given back.
   *
   * @param made when it was taken; null if it is waited for
   */
  private <T> CompletableFuture<T> saved(
      AccountId account,
      TokenRequest<T> request,
      CompletableFuture<T> taken,
      @Nullable Moment made,
      Right right) {
    CompletableFuture<T> saved = new CompletableFuture<>();
    taken.whenComplete(
        (what, failure) -> {
          if (failure != null) {
            saved.completeExceptionally(failure);
            return;
          }
          CompletableFuture<?> unused =
              SavesFirst.save(right)
                  .thenAccept(
                      done -> {
                        if (!done || !saved.complete(what)) {
                          request.giveBack(stripes, account, what, made);
                          saved.completeExceptionally(
                              right.isOver()
                                  ? right.refusal(account)
                                  : SavesFirst.failure("What the call would use of limits"));
                        }
                      });
        });
    if (!taken.isDone()) {
      saved.whenComplete(
          (what, failure) -> {
            if (saved.isCancelled()) {
              taken.cancel(false);
            }
          });
    }
    return saved;
  }

  /** No clock is read for what does not depend on it: see {@link Rotation#isTimed}. */
  private Moment begin(Rotation rotation, TokenRequest<?> request) {
    if (!rotation.isTimed() && !request.isTimed()) {
      return Moment.ANY;
    }
    Moment moment = stripes.clock.moment();
    Stripes.advance(rotation, moment);
    return moment;
  }

  /** What is ready, a place among those who wait, or why there is neither. Under the lock. */
  private <T> CompletableFuture<T> answer(
      Rotation rotation, TokenRequest<T> request, String caller, long leaveNanos, Moment moment) {
    try {
      ScopeLane lane = rotation.lanes.get(request.scope(), rotation, moment);
      T taken = request.take(rotation, lane, moment);
      return taken == null
          ? park(rotation, lane, request, caller, leaveNanos)
          : CompletableFuture.completedFuture(taken);
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Parks a call, or throws why it can't have a token. Under the lock. */
  private <T> CompletableFuture<T> park(
      Rotation rotation, ScopeLane lane, TokenRequest<T> request, String caller, long leaveNanos) {
    Moment moment = stripes.clock.moment();
    boolean lease = request.isLease();
    boolean held = rotation.waiting().isHeld(rotation, lane, lease);
    if (leaveNanos == 0 || !(held || rotation.shortage().isPassing(lane, lease, moment))) {
      throw rotation.shortage().failure(lane, lease, moment);
    }
    if (closed) {
      throw BrokerException.shuttingDown();
    }
    if (leaveNanos <= moment.nanos()) {
      throw rotation.shortage().failure(lane, lease, moment);
    }
    if (rotation.waiters() >= settings.maxWaiters()) {
      throw BrokerException.tooManyWaiters(rotation.account, settings.maxWaiters());
    }
    // as much as is left for all others: where callers are known, one alone has half at the most
    if (!caller.isEmpty()
        && rotation.waiting().count(caller) >= settings.maxWaiters() - rotation.waiters()) {
      throw BrokerException.clientLimit(caller, "waiters", rotation.waiting().count(caller));
    }
    Waiter<T> waiter = new Waiter<>(request, new CompletableFuture<>(), moment.nanos());
    rotation.waiting().park(lane.order(lease), waiter, caller, leaveNanos, held);
    // nothing can have completed it yet: nothing runs under the lock
    waiter.future.whenComplete((taken, failure) -> leaveIfCancelled(rotation.account, waiter));
    return waiter.future;
  }

  private void leaveIfCancelled(AccountId account, Waiter<?> waiter) {
    if (waiter.future.isCancelled()) {
      stripes.act(account, (rotation, moment) -> rotation.waiting().leave(waiter));
    }
  }

  /** Loads the account and tries again; a call that is cancelled meanwhile takes nothing. */
  private <T> CompletableFuture<T> load(
      Stripe stripe, AccountId account, TokenRequest<T> request, String caller, long leaveNanos) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loads
        .loaded(stripe, account)
        .whenComplete(
            (loaded, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else if (!result.isDone()) {
                relay(account, request, take(account, request, caller, leaveNanos), result);
              }
            });
    return result;
  }

  private <T> void relay(
      AccountId account,
      TokenRequest<T> request,
      CompletableFuture<T> from,
      CompletableFuture<T> to) {
    from.whenComplete(
        (taken, failure) -> {
          if (failure != null) {
            to.completeExceptionally(failure);
          } else if (!to.complete(taken)) {
            request.giveBack(stripes, account, taken, null);
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
      stripes.act(
          account,
          (rotation, moment) -> rotation.waiting().fail(rotation, BrokerException.shuttingDown()));
    }
  }
}
