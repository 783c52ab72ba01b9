package io.tokenbroker.server.rotation;

import io.tokenbroker.server.failure.BrokerException;
import io.tokenbroker.server.failure.TokensQuarantinedException;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.AccountState;
import io.tokenbroker.server.token.AccountState.TokenState;
import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.Turn;
import io.tokenbroker.server.token.UpstreamBudget;
import io.tokenbroker.server.token.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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
  private final InstantSource clock;
  private final Consumer<AccountId> changes;
  private final Stripe[] stripes = new Stripe[STRIPES];

  /**
   * @param unknownTtl how long an account that the store does not have is taken for unknown without
   *     asking again; some thousands are remembered
   * @param ticker monotonic, in nanoseconds
   * @param clock tells which tokens have expired
   * @param changes is told, outside the lock, when the tokens of an account or their bench changed
   */
  public RotationTable(
      AccountLoader loader,
      Duration unknownTtl,
      LongSupplier ticker,
      InstantSource clock,
      Consumer<AccountId> changes) {
    this.loads = new Loads(loader, clock, changes);
    this.clock = clock;
    this.changes = changes;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(new UnknownAccounts(unknownTtl.toNanos(), ticker));
    }
  }

  /** The next turn of an account. */
  public CompletableFuture<Turn> next(AccountId account) {
    return take(account, Rotation::next);
  }

  /**
   * The next turns of an account, one right after the other, at least one.
   *
   * @param count how many at most
   * @param maxBytes ends the list as soon as its secrets have this many bytes
   */
  public CompletableFuture<List<Turn>> next(AccountId account, int count, int maxBytes) {
    return take(account, rotation -> rotation.next(count, maxBytes));
  }

  /** Is called under the stripe; null means that every token is benched. */
  private interface Pick<T> {
    @Nullable T from(Rotation rotation);
  }

  private <T> CompletableFuture<T> take(AccountId account, Pick<T> pick) {
    Stripe stripe = stripe(account);
    T picked = null;
    boolean expired = false;
    int disabledTokens = 0;
    int expiredTokens = 0;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.rotation(account);
      if (rotation != null) {
        expired = rotation.expire(clock.millis());
        picked = pick.from(rotation);
        disabledTokens = rotation.benched(BenchReason.DISABLED);
        expiredTokens = rotation.benched(BenchReason.EXPIRED);
      }
    } finally {
      stripe.lock.unlock();
    }
    if (expired) {
      changes.accept(account);
    }
    if (picked != null) {
      return CompletableFuture.completedFuture(picked);
    }
    if (disabledTokens + expiredTokens > 0) {
      return CompletableFuture.failedFuture(
          new TokensQuarantinedException(account, disabledTokens, expiredTokens, 0));
    }
    return loads.loaded(stripe, account).thenCompose(loaded -> take(account, pick));
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
    throw new UnsupportedOperationException();
  }

  /** Makes a token as good as new: its health, and what has been used of its limits. */
  public CompletableFuture<TokenState> reset(AccountId account, TokenId token) {
    throw new UnsupportedOperationException();
  }

  /** The healths that have changed since they were saved, of tokens by account. */
  public Map<AccountId, Map<TokenId, Health>> unsavedHealth() {
    throw new UnsupportedOperationException();
  }

  /** To be told when healths have been saved, in any portions. */
  public void healthSaved(Map<AccountId, Map<TokenId, Health>> saved) {
    throw new UnsupportedOperationException();
  }

  /** What has been used of long limits since it was saved, of tokens by account. */
  public Map<AccountId, Map<TokenId, List<Usage>>> unsavedUsage() {
    throw new UnsupportedOperationException();
  }

  /** To be told what of {@link #unsavedUsage} has been saved: the same lists. */
  public void usageSaved(Map<AccountId, Map<TokenId, List<Usage>>> saved) {
    throw new UnsupportedOperationException();
  }

  /** Ends the use of a turn that will not be reported. */
  public void release(AccountId account, TokenId token, long turn) {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
  }

  /**
   * Holds a certain token, whatever else benches it: for leases that were found in the store. False
   * if the account, which must be loaded, has no such token.
   */
  public boolean holdAgain(AccountId account, TokenId token) {
    throw new UnsupportedOperationException();
  }

  /** Ends one hold of this broker; nothing happens if there is none. */
  public void unhold(AccountId account, TokenId token) {
    throw new UnsupportedOperationException();
  }

  /**
   * Says when the first hold that this broker has on a token ends unless it is renewed, for callers
   * to be told; nothing else depends on it.
   */
  public void heldUntil(AccountId account, TokenId token, Instant time) {
    throw new UnsupportedOperationException();
  }

  /** A token with its secret, whatever benches it; empty if the account is not loaded. */
  public Optional<io.tokenbroker.server.token.Token> find(AccountId account, TokenId token) {
    throw new UnsupportedOperationException();
  }

  /** Says what all other brokers hold of an account that is loaded: what is absent is free. */
  public void leasedElsewhere(AccountId account, Map<TokenId, Elsewhere> held) {
    throw new UnsupportedOperationException();
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
    Stripe stripe = stripe(account);
    AccountState state;
    boolean expired;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.rotation(account);
      if (rotation == null) {
        return Optional.empty();
      }
      expired = rotation.expire(clock.millis());
      state = rotation.state(maxTokens);
    } finally {
      stripe.lock.unlock();
    }
    if (expired) {
      changes.accept(account);
    }
    return Optional.of(state);
  }

  /** Benches what has expired in an account although nobody asks for its tokens. */
  public void expire(AccountId account) {
    Stripe stripe = stripe(account);
    boolean expired;
    stripe.lock.lock();
    try {
      Rotation rotation = stripe.rotation(account);
      expired = rotation != null && rotation.expire(clock.millis());
    } finally {
      stripe.lock.unlock();
    }
    if (expired) {
      changes.accept(account);
    }
  }

  /** The loaded accounts, each with the fingerprint of what is loaded. */
  public Map<AccountId, Fingerprint> fingerprints() {
    Map<AccountId, Fingerprint> fingerprints = new HashMap<>();
    forEachLoaded((account, entry) -> fingerprints.put(account, entry.fingerprint));
    return fingerprints;
  }

  /** The positions that have changed since they were saved. */
  public Map<AccountId, Position> unsavedPositions() {
    Map<AccountId, Position> positions = new HashMap<>();
    forEachLoaded(
        (account, entry) -> {
          Rotation rotation = entry.rotation;
          if (rotation != null && rotation.turn() != entry.savedTurn) {
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

  /** One stripe after the other; the action runs under the lock. */
  private void forEachLoaded(BiConsumer<AccountId, Entry> action) {
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        stripe.entries.forEach(
            (account, entry) -> {
              if (entry.rotation != null) {
                action.accept(account, entry);
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
