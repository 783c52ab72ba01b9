package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Alarm;
import io.tokenbroker.server.clock.Clock;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The rotations of all accounts that were asked for, in stripes, each filled by one load on its
 * first request. Thread-safe. No method blocks but for a stripe's lock, which is held for well
 * under a microsecond per turn.
 *
 * <p>Futures fail with a {@link BrokerException}, or with whatever else the loader failed with.
 * They are completed by the caller's or the loader's thread, outside the lock.
 */
public final class RotationTable {
  /** The most frequent request: made once. */
  private static final TokenRequest<Turn> NEXT = new TokenRequest.OneTurn(Scope.ALL);

  private final Loads loads;
  private final Stripes stripes;
  private final TokenRequests requests;
  private final Evictions evictions;
  private final Moves moves;

  /**
   * @param ticker monotonic, in nanoseconds
   * @param clock tells which tokens have expired, and when quotas begin anew
   * @param alarm wakes the table when a token is ready for those who wait
   * @param changes is told, outside the lock, when the tokens of an account or their bench changed
   * @param guard is asked before an account is put out
   * @param rights says which accounts may be loaded
   */
  public RotationTable(
      AccountLoader loader,
      RotationSettings settings,
      LongSupplier ticker,
      InstantSource clock,
      Alarm alarm,
      Consumer<AccountId> changes,
      EvictionGuard guard,
      Rights rights) {
    Clock both = new Clock(ticker, clock);
    this.stripes =
        new Stripes(
            both,
            alarm,
            changes,
            () -> new UnknownAccounts(settings.unknownTtl().toNanos(), ticker));
    this.evictions = new Evictions(stripes, guard, settings.maxLoadedBytes());
    this.loads = new Loads(loader, settings, both, evictions, rights, stripes);
    this.moves = new Moves(stripes, loads);
    this.requests = new TokenRequests(stripes, loads, settings);
  }

  /** The next turn of an account, without a scope; fails if no token is ready. */
  public CompletableFuture<Turn> next(AccountId account) {
    return requests.take(account, NEXT, Wait.NO);
  }

  public CompletableFuture<Turn> next(AccountId account, Scope scope, Wait wait) {
    return requests.take(
        account, scope.equals(Scope.ALL) ? NEXT : new TokenRequest.OneTurn(scope), wait);
  }

  /**
   * The next turns of an account, one right after the other, at least one.
   *
   * @param count how many at most
   * @param maxBytes ends the list as soon as its texts have this many bytes
   */
  public CompletableFuture<List<Turn>> next(AccountId account, int count, int maxBytes) {
    return next(account, Scope.ALL, count, maxBytes, Wait.NO);
  }

  /** The same; a call that waits takes what is ready as soon as anything is. */
  public CompletableFuture<List<Turn>> next(
      AccountId account, Scope scope, int count, int maxBytes, Wait wait) {
    return requests.take(account, new TokenRequest.Turns(scope, count, maxBytes), wait);
  }

  /** Undoes turns of one {@link #next} that nobody has had. */
  public void giveBack(AccountId account, Scope scope, List<Turn> turns) {
    TokenRequest.giveBack(stripes, account, scope, turns, null);
  }

  /** What one stream takes, batch after batch. */
  public Supply supply(AccountId account, Scope scope) {
    return supply(account, scope, "");
  }

  /**
   * @param caller in whose queue it waits for them
   */
  public Supply supply(AccountId account, Scope scope, String caller) {
    return new Supply(requests, stripes, account, scope, caller);
  }

  private interface Change<R> {
    R at(Rotation rotation, Slot slot, Moment moment);
  }

  /** Changes a token under the stripe, loading its account if need be. */
  private <R> CompletableFuture<R> change(AccountId account, TokenId token, Change<R> action) {
    return load(account)
        .thenCompose(
            loaded -> {
              R result =
                  stripes.call(
                      account, (rotation, moment) -> change(rotation, token, action, moment));
              return result == null
                  // it has left the table meanwhile: put out, or it is gone, as a load will tell
                  ? change(account, token, action)
                  : CompletableFuture.completedFuture(result);
            });
  }

  /** Under the lock. */
  private static <R> R change(Rotation rotation, TokenId token, Change<R> action, Moment moment) {
    if (!rotation.right.serves(rotation.isLimited())) {
      throw rotation.right.refusal(rotation.account);
    }
    Slot slot = rotation.find(token);
    if (slot == null) {
      throw BrokerException.tokenDoesNotExist(rotation.account, token);
    }
    return action.at(rotation, slot, moment);
  }

  /**
   * Judges what the upstream answered to a token, loading its account if need be. Fails with
   * TOKEN_DOES_NOT_EXIST or TOO_MANY_SCOPES, and then changes nothing; where the right saves first,
   * with STORE_UNAVAILABLE if that can't be done, and then counts here all the same.
   *
   * @param turn the number of the turn in which the token was handed out; the turn is in use no
   *     more. A second report of one of the newest 64 turns of a token is a duplicate and changes
   *     nothing. 0 if unknown, which is never a duplicate
   * @param budgets what the upstream told about what is left
   */
  public CompletableFuture<Reported> report(
      AccountId account, TokenId token, long turn, List<UpstreamBudget> budgets, ReportRule judge) {
    return change(
            account,
            token,
            (rotation, slot, moment) -> {
              Health before = slot.health();
              Reported reported = rotation.report(slot, turn, budgets, judge, moment);
              // of a duplicate, the first may not be saved yet
              boolean changed =
                  reported.duplicate() || !budgets.isEmpty() || !reported.health().equals(before);
              return new SavedReport(reported, changed ? rotation.right : Right.ALWAYS);
            })
        .thenCompose(report -> report.told(account, judge));
  }

  /** Makes a token as good as new: its health, and what has been used of its limits. */
  public CompletableFuture<TokenStatus> reset(AccountId account, TokenId token) {
    return change(
        account,
        token,
        (rotation, slot, moment) -> {
          rotation.reset(slot, moment);
          return rotation.state(slot, moment);
        });
  }

  /** The healths that have changed since they were saved, of tokens by account. */
  public Map<AccountId, Map<TokenId, Health>> unsavedHealth() {
    Map<AccountId, Map<TokenId, Health>> unsaved = new HashMap<>();
    stripes.forEachUnsaved(
        (account, rotation, entry) ->
            putUnlessEmpty(
                unsaved,
                account,
                rotation.isUnsaved() && rotation.right.isSaved()
                    ? rotation.unsaved().healths(rotation)
                    : Map.of()));
    return unsaved;
  }

  /** To be told when healths have been saved, in any portions. */
  public void healthSaved(Map<AccountId, Map<TokenId, Health>> saved) {
    saved.forEach(
        (account, healths) ->
            stripes.act(
                account,
                (rotation, moment) ->
                    healths.forEach(
                        (id, health) -> rotation.unsaved().healthSaved(rotation, id, health))));
  }

  /** To be told which healths are not going to be saved, as they are over soon. */
  public void healthPasses(Map<AccountId, Map<TokenId, Health>> passing) {
    passing.forEach(
        (account, healths) ->
            stripes.act(
                account,
                (rotation, moment) ->
                    healths.forEach(
                        (id, health) -> rotation.unsaved().healthPasses(rotation, id, health))));
  }

  /**
   * What has been used of long limits, of the tokens by account that have used any since it was
   * saved; an empty list for one that was reset.
   */
  public Map<AccountId, Map<TokenId, List<Usage>>> unsavedUsage() {
    return unsavedUsage(false);
  }

  /**
   * As {@link #unsavedUsage}, with what is worth saving only once nothing is handed out any more.
   */
  public Map<AccountId, Map<TokenId, List<Usage>>> lastUsage() {
    return unsavedUsage(true);
  }

  private Map<AccountId, Map<TokenId, List<Usage>>> unsavedUsage(boolean last) {
    Map<AccountId, Map<TokenId, List<Usage>>> unsaved = new HashMap<>();
    Stripes.Look look =
        (account, rotation, entry) -> {
          if ((rotation.isLimited() || rotation.isUnsaved()) && rotation.right.isSaved()) {
            boolean all = last || rotation.right.state() == Right.State.STOPPED;
            putUnlessEmpty(
                unsaved, account, rotation.unsaved().usages(rotation, all, stripes.clock.moment()));
          }
        };
    if (last) {
      stripes.forEachLoaded(look);
    } else {
      stripes.forEachUnsaved(look);
    }
    return unsaved;
  }

  /** To be told what of the newest {@link #unsavedUsage} has been saved, in any portions. */
  public void usageSaved(Map<AccountId, Map<TokenId, List<Usage>>> saved) {
    saved.forEach(
        (account, usages) ->
            stripes.act(
                account,
                (rotation, moment) ->
                    usages.forEach(
                        (id, usage) -> rotation.unsaved().usageSaved(rotation, id, usage))));
    evictions.makeRoom();
  }

  private static <V> void putUnlessEmpty(
      Map<AccountId, Map<TokenId, V>> all, AccountId account, Map<TokenId, V> one) {
    if (!one.isEmpty()) {
      all.put(account, one);
    }
  }

  /**
   * Takes the next token to be leased, in an order of its own for each scope: one that is not
   * benched but for LEASED, and has fewer than {@code maxHolds} holds and leases together. While it
   * has any it is benched as LEASED for turns. A hold uses nothing of the token's limits, and lasts
   * until {@link #granted}, {@link #giveBack} or {@link #unhold}, also over refreshes, but not if
   * the token is missing at one: then the database alone decides. Fails as {@code next} does.
   *
   * @param maxHolds from 1; the same for all calls of an account, until its settings change
   */
  public CompletableFuture<Token> hold(AccountId account, Scope scope, int maxHolds, Wait wait) {
    return requests.take(account, new TokenRequest.LeaseHold(scope, maxHolds), wait);
  }

  /** Undoes a hold that nobody has had: the token is the next one to be leased again. */
  public void giveBack(AccountId account, Scope scope, TokenId token) {
    stripes.withSlot(
        account,
        token,
        (rotation, slot, moment) -> rotation.giveBack(rotation.lanes.present(scope), slot, moment));
  }

  /** Ends one hold; nothing happens if there is none. */
  public void unhold(AccountId account, TokenId token) {
    stripes.withSlot(account, token, Rotation::unhold);
  }

  /** Ends one hold, for which there is a lease by now: at no time is the token free. */
  public void granted(AccountId account, TokenId token, RemoteHolds leased) {
    stripes.leased(
        account,
        token,
        leased,
        (rotation, slot, moment) -> {
          slot.state().leasedElsewhere(leased);
          rotation.unhold(slot, moment);
        });
  }

  /** A token with its secret, whatever benches it; empty if the account is not loaded. */
  public Optional<Token> find(AccountId account, TokenId token) {
    Token present =
        stripes.call(
            account,
            (rotation, moment) -> {
              Slot slot = rotation.find(token);
              return slot == null ? null : slot.token;
            });
    return Optional.ofNullable(present);
  }

  /** Says what is leased of a token of an account that is loaded. */
  public void leasedElsewhere(AccountId account, TokenId token, RemoteHolds held) {
    stripes.leased(
        account, token, held, (rotation, slot, moment) -> rotation.leased(token, held, moment));
  }

  /** Sends away all who wait, with SHUTTING_DOWN; from now on nobody waits. */
  public void close() {
    requests.close();
  }

  /**
   * Reads an account anew, keeping its position, whether it was loaded before or not. The future
   * completes when what the store had after this call is what is handed out.
   */
  public CompletableFuture<Void> reload(AccountId account) {
    return loads.reloaded(stripes.of(account), account);
  }

  /**
   * To be called after a change of the store: like {@link #reload}, but an account that nobody has
   * asked for stays unloaded.
   */
  public CompletableFuture<Void> reloadIfLoaded(AccountId account) {
    return loads.isKnownAgain(account)
        ? Loads.unlessMoved(reload(account))
        : CompletableFuture.completedFuture(null);
  }

  /** The same, where it is known what was changed: a big account is not read again for it. */
  public CompletableFuture<Void> changed(AccountId account, TokenChange change) {
    return loads.isKnownAgain(account)
        ? Loads.unlessMoved(loads.changed(stripes.of(account), account, change))
        : CompletableFuture.completedFuture(null);
  }

  /** Whether an account is loaded, or being loaded. */
  public boolean contains(AccountId account) {
    Stripe stripe = stripes.of(account);
    stripe.lock.lock();
    try {
      return stripe.entries.contains(account);
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Loads an account unless it is loaded. */
  public CompletableFuture<Void> load(AccountId account) {
    return loads.loaded(stripes.of(account), account);
  }

  /**
   * The present state of an account; empty if it is not loaded. Many tokens are read one portion
   * after the other: two of them may be as they were moments apart.
   *
   * @param maxTokens how many tokens at most are listed
   */
  public Optional<AccountState> state(AccountId account, int maxTokens) {
    StateReading reading = new StateReading(maxTokens);
    do {
      reading.begin();
      stripes.act(account, reading::portion);
    } while (reading.hasMore());
    return reading.state();
  }

  /** The states of those of the tokens that are loaded; up to some thousands may be asked for. */
  public Map<TokenId, TokenStatus> states(AccountId account, Collection<TokenId> tokens) {
    Map<TokenId, TokenStatus> states =
        stripes.call(
            account,
            (rotation, moment) -> {
              Map<TokenId, TokenStatus> found = new HashMap<>();
              for (TokenId token : tokens) {
                Slot slot = rotation.find(token);
                if (slot != null) {
                  found.put(token, rotation.state(slot, moment));
                }
              }
              return found;
            });
    return states == null ? Map.of() : states;
  }

  /** Moves what is due in an account although nobody asks for its tokens. */
  public void expire(AccountId account) {
    stripes.act(account, (rotation, moment) -> {});
  }

  /**
   * Counts what is loaded. Takes some milliseconds for 100,000 accounts, but no stripe for more
   * than some microseconds at a time.
   *
   * @param busiest how many accounts are told one by one; Census.Count says which
   */
  public Census census(int busiest, Set<AccountId> told, boolean anew) {
    Moment now = stripes.clock.moment();
    return Census.of(stripes, loads, new Census.Count(busiest, told, anew, now));
  }

  public LoadedAccounts loaded() {
    return new LoadedAccounts(stripes);
  }

  /** What becomes of accounts that other brokers of a fleet have, or want. */
  public Moves moves() {
    return moves;
  }

  /** The positions that have changed since they were saved. */
  public UnsavedPositions unsavedPositions() {
    return new UnsavedPositions(stripes, evictions);
  }

  /** To be told when positions have been saved. */
  public void saved(Map<AccountId, Position> positions) {
    positions.forEach(
        (account, position) -> {
          Stripe stripe = stripes.of(account);
          stripe.lock.lock();
          try {
            Entry entry = stripe.entries.get(account);
            if (entry != null) {
              entry.savedTurn = position.turn();
              if (entry.hasMoved()) {
                // the turn was given back meanwhile, and it may have left the list as saved
                stripe.changed.add(entry);
              }
              stripe.drop(entry);
            }
          } finally {
            stripe.lock.unlock();
          }
        });
    evictions.makeRoom();
  }

  /**
   * Puts accounts out if those that are loaded take more than they may, and asks for a save if some
   * stay only for the want of one. The first happens by itself too, when accounts are loaded and
   * when something has been saved; to be called some times a second. Takes up to some milliseconds.
   */
  public void evict() {
    evictions.evict();
  }

  /**
   * Counts what accounts that were used take by now. To be called about every second; takes some
   * microseconds for a hundred of them.
   */
  public void count() {
    stripes.forEachChanged((account, rotation, entry) -> evictions.countIfUsed(entry));
  }

  /** What the loaded accounts take of the heap, about, in bytes, as of the last {@link #count}. */
  public long bytes() {
    return evictions.bytes();
  }

  /** How many accounts the next {@link #count} looks at: those that were used, or are not saved. */
  public int changed() {
    return stripes.changed();
  }

  /** How many accounts are loaded or being loaded. */
  public int size() {
    return stripes.size();
  }
}
