package io.tokenbroker.server.rotation;

import io.tokenbroker.server.failure.BrokerException;
import io.tokenbroker.server.failure.CredentialsDoNotExistException;
import io.tokenbroker.server.failure.ShuttingDownException;
import io.tokenbroker.server.failure.TokenDoesNotExistException;
import io.tokenbroker.server.failure.TooManyWaitersException;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.AccountState;
import io.tokenbroker.server.token.AccountState.TokenState;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.Turn;
import io.tokenbroker.server.token.UpstreamBudget;
import io.tokenbroker.server.token.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The rotations of all accounts that were asked for, in stripes, each filled by one load on its
 * first request. Thread-safe. No method blocks but for a stripe's lock, which is held for well
 * under a microsecond per turn.
 *
 * <p>Futures fail with a {@link BrokerException}, or with whatever else the loader failed with.
 * They are completed by the caller's or the loader's thread, outside the lock.
 */
public final class RotationTable {
  private static final int STRIPES = 64;

  private final Loads loads;
  private final RotationSettings settings;
  private final Times times;
  private final Alarm alarm;
  private final Consumer<AccountId> changes;
  private final Stripe[] stripes = new Stripe[STRIPES];
  private volatile boolean closed;

  /** With default settings, and without an alarm: for what has no waiting calls. */
  public RotationTable(
      AccountLoader loader,
      Duration unknownTtl,
      LongSupplier ticker,
      InstantSource clock,
      Consumer<AccountId> changes) {
    this(
        loader,
        RotationSettings.DEFAULT.withUnknownTtl(unknownTtl),
        ticker,
        clock,
        (delayNanos, task) -> {},
        changes);
  }

  /**
   * @param ticker monotonic, in nanoseconds
   * @param clock tells which tokens have expired, and when quotas begin anew
   * @param alarm wakes the table when a token is ready for those who wait
   * @param changes is told, outside the lock, when the tokens of an account or their bench changed
   */
  public RotationTable(
      AccountLoader loader,
      RotationSettings settings,
      LongSupplier ticker,
      InstantSource clock,
      Alarm alarm,
      Consumer<AccountId> changes) {
    this.times = new Times(ticker, clock);
    this.settings = settings;
    this.alarm = alarm;
    this.changes = changes;
    this.loads = new Loads(loader, settings, times, this::after);
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(new UnknownAccounts(settings.unknownTtl().toNanos(), ticker));
    }
  }

  /** The next turn of an account, without a scope; fails if no token is ready. */
  public CompletableFuture<Turn> next(AccountId account) {
    return take(account, Picks.NEXT, Wait.NO);
  }

  public CompletableFuture<Turn> next(AccountId account, Scope scope, Wait wait) {
    return take(account, scope.isAll() ? Picks.NEXT : new Picks.OneTurn(scope), wait);
  }

  /**
   * The next turns of an account, one right after the other, at least one.
   *
   * @param count how many at most
   * @param maxBytes ends the list as soon as its secrets have this many bytes
   */
  public CompletableFuture<List<Turn>> next(AccountId account, int count, int maxBytes) {
    return next(account, Scope.ALL, count, maxBytes, Wait.NO);
  }

  /** The same; a call that waits takes what is ready as soon as anything is. */
  public CompletableFuture<List<Turn>> next(
      AccountId account, Scope scope, int count, int maxBytes, Wait wait) {
    return take(account, new Picks.Turns(scope, count, maxBytes), wait);
  }

  private <T> CompletableFuture<T> take(AccountId account, Pick<T> pick, Wait wait) {
    // 0 for who does not wait
    long leaveNanos = wait.isNo() ? 0 : leaveNanos(wait);
    return take(account, pick, leaveNanos);
  }

  private long leaveNanos(Wait wait) {
    long patience = wait.patience().minus(settings.waitMargin()).toNanos();
    return Math.max(1, times.nanos() + patience);
  }

  private <T> CompletableFuture<T> take(AccountId account, Pick<T> pick, long leaveNanos) {
    Stripe stripe = stripe(account);
    T picked = null;
    BrokerException failure = null;
    Waiter<T> parked = null;
    Aftermath aftermath = null;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.rotation(account);
      if (rotation != null) {
        if (pick.scope().isAll()) {
          times.set(rotation);
        } else {
          times.setBoth(rotation);
        }
        aftermath = advance(rotation);
        try {
          Lane lane = rotation.lanes.get(pick.scope());
          picked = pick.from(rotation, lane);
          if (picked == null) {
            parked = park(rotation, lane, pick, leaveNanos);
          }
        } catch (BrokerException e) {
          failure = e;
        }
        aftermath = finish(rotation, aftermath);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (aftermath != null) {
      after(account, aftermath);
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
  private <T> Waiter<T> park(Rotation rotation, Lane lane, Pick<T> pick, long leaveNanos) {
    if (leaveNanos == 0 || !rotation.shortage.isPassing(lane, pick.isLease())) {
      throw rotation.failure(lane, pick.isLease());
    }
    if (closed) {
      throw new ShuttingDownException();
    }
    rotation.time(times.nanos());
    if (leaveNanos <= rotation.now.nanos) {
      throw rotation.failure(lane, pick.isLease());
    }
    if (rotation.waiting.count() >= settings.maxWaiters()) {
      throw new TooManyWaitersException(rotation.account, settings.maxWaiters());
    }
    Waiter<T> waiter = new Waiter<>(pick, new CompletableFuture<>());
    Line line = pick.isLease() ? lane.leases(rotation.slots) : lane.turns;
    rotation.waiting.park(line, waiter, leaveNanos);
    rotation.bench.changed = true;
    return waiter;
  }

  private <T> CompletableFuture<T> parked(AccountId account, Waiter<T> waiter) {
    waiter.future.whenComplete(
        (taken, failure) -> {
          if (waiter.future.isCancelled()) {
            act(account, rotation -> rotation.bench.changed |= rotation.waiting.leave(waiter));
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
            pick.giveBack(this, account, taken);
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

  /** Moves what is due, and serves those who wait before anybody else. Under the lock. */
  private static @Nullable Aftermath advance(Rotation rotation) {
    rotation.advance();
    if (!rotation.bench.changed || rotation.waiting.count() == 0) {
      return null;
    }
    Aftermath aftermath = new Aftermath();
    rotation.waiting.serve(rotation, aftermath);
    return aftermath;
  }

  /** Serves those who wait after a change, and says what else has to happen. Under the lock. */
  private static @Nullable Aftermath finish(Rotation rotation, @Nullable Aftermath begun) {
    boolean changed = rotation.bench.changed;
    boolean waiting = rotation.waiting.count() > 0;
    if (!changed && !waiting) {
      return begun;
    }
    Aftermath aftermath = begun == null ? new Aftermath() : begun;
    if (waiting) {
      if (changed) {
        rotation.waiting.serve(rotation, aftermath);
      }
      rotation.waiting.setAlarm(rotation, aftermath);
    }
    aftermath.changed |= rotation.takeChanged();
    return aftermath;
  }

  /** Does what had to wait until the lock was free. */
  private void after(AccountId account, Aftermath aftermath) {
    if (aftermath.alarmDelay >= 0) {
      alarm.after(aftermath.alarmDelay, () -> wake(account));
    }
    try {
      aftermath.complete(this);
    } finally {
      if (aftermath.changed) {
        changes.accept(account);
      }
    }
  }

  private void wake(AccountId account) {
    locked(
        account,
        rotation -> {
          Aftermath aftermath = new Aftermath();
          if (rotation.waiting.takeAlarm(rotation.now)) {
            rotation.advance();
            rotation.waiting.serve(rotation, aftermath);
            rotation.waiting.expire(rotation, aftermath);
            rotation.bench.changed |= !aftermath.isEmpty();
          }
          return finish(rotation, aftermath);
        });
  }

  /** Is called under the stripe, with both clocks set. */
  private interface Step {
    @Nullable Aftermath apply(Rotation rotation);
  }

  /** Does something with an account, if it is loaded. */
  private void locked(AccountId account, Step step) {
    Stripe stripe = stripe(account);
    Aftermath aftermath = null;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.rotation(account);
      if (rotation != null) {
        times.setBoth(rotation);
        aftermath = step.apply(rotation);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (aftermath != null) {
      after(account, aftermath);
    }
  }

  /** Changes an account under the stripe, if it is loaded; what is due is moved before. */
  private void act(AccountId account, Consumer<Rotation> action) {
    locked(
        account,
        rotation -> {
          Aftermath begun = advance(rotation);
          action.accept(rotation);
          return finish(rotation, begun);
        });
  }

  /** Changes a token under the stripe, loading its account if need be. */
  private <R> CompletableFuture<R> change(
      AccountId account, TokenId token, BiFunction<Rotation, Slot, R> action) {
    return loads
        .loaded(stripe(account), account)
        .thenCompose(
            loaded -> {
              CompletableFuture<R> result = new CompletableFuture<>();
              List<Supplier<Boolean>> outcome = new ArrayList<>(1);
              act(account, rotation -> outcome.add(changed(rotation, token, action, result)));
              if (outcome.isEmpty()) {
                // it has left the table meanwhile
                return CompletableFuture.failedFuture(new CredentialsDoNotExistException(account));
              }
              outcome.forEach(Supplier::get);
              return result;
            });
  }

  /** Under the lock; the future is completed later. */
  private static <R> Supplier<Boolean> changed(
      Rotation rotation,
      TokenId token,
      BiFunction<Rotation, Slot, R> action,
      CompletableFuture<R> result) {
    Slot slot = rotation.find(token);
    if (slot == null) {
      return () ->
          result.completeExceptionally(new TokenDoesNotExistException(rotation.account, token));
    }
    try {
      R value = action.apply(rotation, slot);
      return () -> result.complete(value);
    } catch (RuntimeException e) {
      return () -> result.completeExceptionally(e);
    }
  }

  private void withSlot(AccountId account, TokenId token, BiConsumer<Rotation, Slot> action) {
    act(
        account,
        rotation -> {
          Slot slot = rotation.find(token);
          if (slot != null) {
            action.accept(rotation, slot);
          }
        });
  }

  /**
   * Judges what the upstream answered to a token, loading its account if need be. Fails with
   * TokenDoesNotExist or TooManyScopes, and then changes nothing.
   *
   * @param turn the number of the turn in which the token was handed out; the turn is in use no
   *     more. A second report of one of the newest 64 turns of a token is a duplicate and changes
   *     nothing. 0 if unknown, which is never a duplicate
   * @param budgets what the upstream told about what is left
   */
  public CompletableFuture<Reported> report(
      AccountId account, TokenId token, long turn, List<UpstreamBudget> budgets, Judge judge) {
    return change(
        account,
        token,
        (rotation, slot) -> rotation.report(slot, turn, budgets, judge, times.instant()));
  }

  /** Makes a token as good as new: its health, and what has been used of its limits. */
  public CompletableFuture<TokenState> reset(AccountId account, TokenId token) {
    return change(
        account,
        token,
        (rotation, slot) -> {
          rotation.reset(slot, times.instant());
          return rotation.state(slot);
        });
  }

  /** The healths that have changed since they were saved, of tokens by account. */
  public Map<AccountId, Map<TokenId, Health>> unsavedHealth() {
    Map<AccountId, Map<TokenId, Health>> unsaved = new HashMap<>();
    forEachLoaded(
        (account, rotation, entry) ->
            putUnlessEmpty(unsaved, account, rotation.unsaved.healths(rotation)));
    return unsaved;
  }

  /** To be told when healths have been saved, in any portions. */
  public void healthSaved(Map<AccountId, Map<TokenId, Health>> saved) {
    saved.forEach(
        (account, healths) ->
            act(
                account,
                rotation ->
                    healths.forEach(
                        (id, health) -> rotation.unsaved.healthSaved(rotation, id, health))));
  }

  /**
   * What has been used of long limits, of the tokens by account that have used any since it was
   * saved; an empty list for one that was reset.
   */
  public Map<AccountId, Map<TokenId, List<Usage>>> unsavedUsage() {
    Map<AccountId, Map<TokenId, List<Usage>>> unsaved = new HashMap<>();
    forEachLoaded(
        (account, rotation, entry) -> {
          times.setBoth(rotation);
          putUnlessEmpty(unsaved, account, rotation.unsaved.usages(rotation));
        });
    return unsaved;
  }

  /** To be told what of the newest {@link #unsavedUsage} has been saved, in any portions. */
  public void usageSaved(Map<AccountId, Map<TokenId, List<Usage>>> saved) {
    saved.forEach(
        (account, usages) ->
            act(
                account,
                rotation ->
                    usages.forEach(
                        (id, usage) -> rotation.unsaved.usageSaved(rotation, id, usage))));
  }

  private static <V> void putUnlessEmpty(
      Map<AccountId, Map<TokenId, V>> all, AccountId account, Map<TokenId, V> one) {
    if (!one.isEmpty()) {
      all.put(account, one);
    }
  }

  /** Ends the use of a turn that will not be reported. */
  public void release(AccountId account, TokenId token, long turn) {
    withSlot(account, token, (rotation, slot) -> rotation.release(slot, turn));
  }

  /**
   * Takes the next token to be leased, in an order of its own for each scope: one that is not
   * benched but for LEASED, and has fewer than {@code maxHolds} holds, here and elsewhere together.
   * While a token has holds it is benched as LEASED for turns. A hold uses nothing of the token's
   * limits, and lasts until {@link #unhold}, also over refreshes. Fails as {@code next} does.
   *
   * @param maxHolds from 1; the same for all calls of an account, until its settings change
   * @param except tokens that are not wanted, a few
   */
  public CompletableFuture<Held> hold(
      AccountId account, Scope scope, int maxHolds, Set<TokenId> except, Wait wait) {
    return take(account, new Picks.Hold(scope, maxHolds, Set.copyOf(except)), wait);
  }

  /**
   * Holds a certain token, whatever else benches it: for leases that were found in the store. False
   * if the account is not loaded, or has no such token.
   */
  public boolean holdAgain(AccountId account, TokenId token) {
    boolean[] held = new boolean[1];
    withSlot(
        account,
        token,
        (rotation, slot) -> {
          slot.standing.holds++;
          rotation.bench.review(slot);
          held[0] = true;
        });
    return held[0];
  }

  /** Ends one hold of this broker; nothing happens if there is none. */
  public void unhold(AccountId account, TokenId token) {
    withSlot(
        account,
        token,
        (rotation, slot) -> {
          if (slot.standing.holds > 0) {
            slot.standing.holds--;
            slot.standing.heldUntil = null;
            rotation.bench.review(slot);
          }
        });
  }

  /**
   * Says when the first hold that this broker has on a token ends unless it is renewed, for callers
   * to be told; nothing else depends on it.
   */
  public void heldUntil(AccountId account, TokenId token, Instant time) {
    withSlot(account, token, (rotation, slot) -> slot.standing.heldUntil = time);
  }

  /** A token with its secret, whatever benches it; empty if the account is not loaded. */
  public Optional<Token> find(AccountId account, TokenId token) {
    List<Token> found = new ArrayList<>(1);
    withSlot(account, token, (rotation, slot) -> found.add(slot.token));
    return found.stream().findFirst();
  }

  /** Says what all other brokers hold of one token of an account that is loaded; null: nothing. */
  public void leasedElsewhere(AccountId account, TokenId token, @Nullable Elsewhere held) {
    withSlot(
        account,
        token,
        (rotation, slot) -> {
          slot.standing.leasedElsewhere(held);
          rotation.bench.review(slot);
        });
  }

  /** Says what all other brokers hold of an account that is loaded: what is absent is free. */
  public void leasedElsewhere(AccountId account, Map<TokenId, Elsewhere> held) {
    act(account, rotation -> rotation.leasedElsewhere(held));
  }

  /** Sends away all who wait, with SHUTTING_DOWN; from now on nobody waits. */
  public void close() {
    closed = true;
    for (AccountId account : fingerprints().keySet()) {
      locked(
          account,
          rotation -> {
            Aftermath aftermath = new Aftermath();
            rotation.waiting.fail(new ShuttingDownException(), aftermath);
            return aftermath;
          });
    }
  }

  /**
   * Reads an account anew, keeping its position, whether it was loaded before or not. The future
   * completes when what the store had after this call is what is handed out.
   */
  public CompletableFuture<Void> reload(AccountId account) {
    return loads.reloaded(stripe(account), account);
  }

  /**
   * To be called after a change of the store: like {@link #reload}, but an account that nobody has
   * asked for stays unloaded.
   */
  public CompletableFuture<Void> reloadIfLoaded(AccountId account) {
    Stripe stripe = stripe(account);
    stripe.lock.lock();
    try {
      stripe.unknown.remove(account);
      if (!stripe.entries.containsKey(account)) {
        return CompletableFuture.completedFuture(null);
      }
    } finally {
      stripe.lock.unlock();
    }
    return reload(account);
  }

  /** Loads an account unless it is loaded. */
  public CompletableFuture<Void> load(AccountId account) {
    return loads.loaded(stripe(account), account);
  }

  /**
   * The present state of an account; empty if it is not loaded.
   *
   * @param maxTokens how many tokens at most are listed
   */
  public Optional<AccountState> state(AccountId account, int maxTokens) {
    List<AccountState> state = new ArrayList<>(1);
    act(account, rotation -> state.add(rotation.state(maxTokens)));
    return state.stream().findFirst();
  }

  /** Moves what is due in an account although nobody asks for its tokens. */
  public void expire(AccountId account) {
    act(account, rotation -> {});
  }

  /** The loaded accounts, each with the fingerprint of what is loaded. */
  public Map<AccountId, Fingerprint> fingerprints() {
    Map<AccountId, Fingerprint> fingerprints = new HashMap<>();
    forEachLoaded((account, rotation, entry) -> fingerprints.put(account, entry.fingerprint));
    return fingerprints;
  }

  /** The positions that have changed since they were saved. */
  public Map<AccountId, Position> unsavedPositions() {
    Map<AccountId, Position> positions = new HashMap<>();
    forEachLoaded(
        (account, rotation, entry) -> {
          if (rotation.turn() != entry.savedTurn) {
            positions.put(account, rotation.position());
          }
        });
    return positions;
  }

  /** To be told when positions have been saved. */
  public void saved(Map<AccountId, Position> positions) {
    positions.forEach(
        (account, position) -> {
          Stripe stripe = stripe(account);
          stripe.lock.lock();
          try {
            Entry entry = stripe.entries.get(account);
            if (entry != null) {
              entry.savedTurn = position.turn();
            }
          } finally {
            stripe.lock.unlock();
          }
        });
  }

  private interface Look {
    void at(AccountId account, Rotation rotation, Entry entry);
  }

  /** One stripe after the other; the look runs under the lock. */
  private void forEachLoaded(Look look) {
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

  /** How many accounts are loaded or being loaded. */
  public int size() {
    int size = 0;
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        size += stripe.entries.size();
      } finally {
        stripe.lock.unlock();
      }
    }
    return size;
  }

  private Stripe stripe(AccountId account) {
    int hash = account.hashCode();
    // the upper bits too: account names are often short and alike
    return stripes[(hash ^ (hash >>> 16)) & (STRIPES - 1)];
  }
}
