package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Clock;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.FifoFuture;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Fills the stripes: a load is installed under the lock, runs outside it, and is published under
 * it; who waits for it is told outside. A load that fails leaves nothing behind. Thread-safe.
 */
final class Loads {
  /** From so many tokens on it is worth not to read them all again. */
  private static final int BIG = 1_000;

  private final AccountLoader loader;
  private final RotationSettings settings;
  private final Clock clock;
  private final Evictions evictions;
  private final Rights rights;
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Stripes stripes;

  Loads(
      AccountLoader loader,
      RotationSettings settings,
      Clock clock,
      Evictions evictions,
      Rights rights,
      Stripes stripes) {
    this.loader = loader;
    this.settings = settings;
    this.clock = clock;
    this.evictions = evictions;
    this.rights = rights;
    this.stripes = stripes;
  }

  /** Completes when the account is loaded: at once, with the load that runs, or with a new one. */
  CompletableFuture<Void> loaded(Stripe stripe, AccountId account) {
    boolean unused = leaveIfOver(stripe, account);
    CompletableFuture<Void> load;
    boolean first;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      Right right = entry == null ? rights.of(account) : entry.right;
      if (!serves(right, entry)) {
        return CompletableFuture.failedFuture(right.refusal(account));
      }
      if (entry == null && stripe.unknown.contains(account)) {
        return CompletableFuture.failedFuture(BrokerException.credentialsDoNotExist(account));
      }
      if (entry != null && entry.rotation != null) {
        entry.used = true;
        return CompletableFuture.completedFuture(null);
      }
      if (entry == null && evictions.isFull()) {
        return CompletableFuture.failedFuture(full());
      }
      entry = entry(stripe, account, right);
      first = !entry.isLoading();
      load = entry.join();
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      stripe.lock.unlock();
    }
    if (first) {
      start(stripe, account);
    }
    return load;
  }

  /**
   * As {@link #reloaded}, but of a big account that is loaded as the change found it nothing is
   * read. A change and a load never run together: then either might be published over the other.
   */
  CompletableFuture<Void> changed(Stripe stripe, AccountId account, TokenChange change) {
    CompletableFuture<Void> load = null;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry != null && !entry.isLoading() && isBig(entry)) {
        load = entry.join();
      }
    } finally {
      stripe.lock.unlock();
    }
    // not under the lock: a load that fails at once answers those who wait for it
    if (load == null) {
      return reloaded(stripe, account);
    }
    start(stripe, account, change);
    return load;
  }

  /** Completes when what the store had after this call has been published. */
  CompletableFuture<Void> reloaded(Stripe stripe, AccountId account) {
    boolean unused = leaveIfOver(stripe, account);
    CompletableFuture<Void> load;
    boolean first;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry == null && evictions.isFull()) {
        return CompletableFuture.failedFuture(full());
      }
      entry = entry(stripe, account, entry == null ? rights.of(account) : entry.right);
      first = !entry.isLoading();
      load = entry.joinNext();
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      stripe.lock.unlock();
    }
    if (first) {
      start(stripe, account);
    }
    return load;
  }

  /** How many have been published since the start, also of accounts that there are none of. */
  long done() {
    return done.sum();
  }

  long failed() {
    return failed.sum();
  }

  private static BrokerException full() {
    return BrokerException.brokerBusy(
        "The broker has no room for another account: all that are loaded are in use. Try again.",
        "rotation.max_loaded_bytes");
  }

  /** Under the lock. */
  private Entry entry(Stripe stripe, AccountId account, Right right) {
    Entry entry = stripe.entries.make(account, right);
    evictions.count(entry);
    return entry;
  }

  private void start(Stripe stripe, AccountId account) {
    start(stripe, account, null);
  }

  private void start(Stripe stripe, AccountId account, @Nullable TokenChange change) {
    CompletableFuture<AccountSnapshot> load;
    try {
      Amended amended = change == null ? null : amended(stripe, account, change);
      if (amended != null) {
        publish(stripe, account, amended, null);
        return;
      }
      KnownTokens known = known(stripe, account);
      KnownTokens changed =
          known == null || change == null ? null : change.applyTo(known).orElse(null);
      if (changed != null) {
        load = CompletableFuture.completedFuture(changed.snapshot());
      } else {
        load = known == null ? loader.load(account) : loader.reload(account, known);
      }
    } catch (RuntimeException e) {
      load = CompletableFuture.failedFuture(e);
    }
    load.whenComplete((snapshot, failure) -> finish(stripe, account, snapshot, failure));
  }

  /** Null if it has to be made anew. */
  private @Nullable Amended amended(Stripe stripe, AccountId account, TokenChange change) {
    Rotation rotation = present(stripe, account);
    Amendment amendment = rotation == null ? null : Amendment.of(rotation, change);
    if (rotation == null || amendment == null) {
      return null;
    }
    amendment.adopt(loader.leasedElsewhere(account));
    return new Amended(rotation, amendment, change.rows());
  }

  private void finish(
      Stripe stripe,
      AccountId account,
      @Nullable AccountSnapshot snapshot,
      @Nullable Throwable failure) {
    if (snapshot == null) {
      publish(stripe, account, null, failure);
      return;
    }
    Slots made;
    Rotation fresh;
    Map<TokenId, RemoteHolds> leased;
    try {
      // made before the lock is taken: it takes its time where there are many tokens
      Rotation before = present(stripe, account);
      made = Slots.of(snapshot, before == null ? Slots.NONE : before.slots);
      fresh = new Rotation(account, made, snapshot.limits(), settings);
      leased = loader.leasedElsewhere(account);
    } catch (RuntimeException e) {
      publish(stripe, account, null, e);
      return;
    }
    publish(stripe, account, new Loaded(snapshot, made, fresh, leased), null);
  }

  /** Null if nothing is known, or so little that it is as well read again. */
  private static @Nullable KnownTokens known(Stripe stripe, AccountId account) {
    Rotation rotation;
    Fingerprint fingerprint;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry == null || entry.rotation == null || !isBig(entry)) {
        return null;
      }
      rotation = entry.rotation;
      fingerprint = entry.fingerprint();
    } finally {
      stripe.lock.unlock();
    }
    return new KnownTokens(
        Arrays.stream(rotation.slots).map(slot -> slot.token).toList(),
        fingerprint,
        rotation.limits);
  }

  private static boolean isBig(Entry entry) {
    return entry.rotation != null && entry.rotation.slots.length >= BIG;
  }

  /** What is published. */
  private sealed interface News {
    /** Whether there is no such account. */
    default boolean gone() {
      return false;
    }

    /** The rotation that it is then. */
    Rotation publish(Entry entry, Moment moment);
  }

  private record Loaded(
      AccountSnapshot snapshot, Slots made, Rotation fresh, Map<TokenId, RemoteHolds> leased)
      implements News {
    @Override
    public boolean gone() {
      return snapshot.tokens().isEmpty();
    }

    @Override
    public Rotation publish(Entry entry, Moment moment) {
      entry.publish(fresh, made, snapshot, leased, moment);
      fresh.advance(moment);
      return fresh;
    }
  }

  private record Amended(Rotation rotation, Amendment amendment, Fingerprint rows) implements News {
    @Override
    public Rotation publish(Entry entry, Moment moment) {
      rotation.advance(moment);
      amendment.apply(rotation, moment);
      rotation.lanes.restart();
      entry.setFingerprint(entry.fingerprint().plus(rows));
      return rotation;
    }
  }

  /** The rotation to take over from; no other load of the account can replace it meanwhile. */
  private static @Nullable Rotation present(Stripe stripe, AccountId account) {
    stripe.lock.lock();
    try {
      return stripe.rotation(account);
    } finally {
      stripe.lock.unlock();
    }
  }

  private void publish(
      Stripe stripe, AccountId account, @Nullable News news, @Nullable Throwable loadFailure) {
    boolean gone = news != null && news.gone();
    Throwable failure = loadFailure;
    boolean over = false;
    AfterUnlock afterUnlock = null;
    FifoFuture<Void> ended;
    @Nullable FifoFuture<Void> refused = null;
    boolean again;
    boolean left;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry == null) {
        throw new IllegalStateException("an entry stays as long as it is being loaded");
      }
      over = entry.right.isOver();
      if (over) {
        // what was read may have changed since, by somebody else
        gone = false;
        failure = entry.right.refusal(account);
        stripe.turnsOfLeft += entry.turns();
        afterUnlock = remove(entry, entry.right.refusal(account));
      } else if (gone) {
        stripe.turnsOfLeft += entry.turns();
        afterUnlock = remove(entry, BrokerException.credentialsDoNotExist(account));
      } else if (news != null) {
        try {
          afterUnlock = publish(stripe, account, entry, news);
        } catch (RuntimeException e) {
          failure = e;
        }
      }
      ended = entry.endLoad();
      if (over && entry.isLoading()) {
        refused = entry.endLoad();
      }
      again = entry.isLoading();
      left = entry.rotation == null && !again;
      if (left) {
        stripe.remove(account);
        evictions.discount(entry);
        if (gone) {
          stripe.unknown.add(account);
        }
      } else {
        evictions.count(entry);
        stripe.loaded(entry);
      }
    } finally {
      stripe.lock.unlock();
    }
    (failure == null ? done : failed).increment();
    try {
      stripes.after(afterUnlock);
    } finally {
      // whatever a watcher does: nobody waits for ever
      if (again) {
        start(stripe, account);
      }
      if (left) {
        evictions.left(account);
      }
      end(account, ended, gone, failure);
      if (refused != null) {
        end(account, refused, gone, failure);
      }
      // now that those who asked for it have used it
      evictions.makeRoom();
    }
  }

  /** Whether it is in the table; if not, it is taken for unknown no more. */
  boolean isKnownAgain(AccountId account) {
    Stripe stripe = stripes.of(account);
    boolean unused = leaveIfOver(stripe, account);
    stripe.lock.lock();
    try {
      stripe.unknown.remove(account);
      return stripe.entries.contains(account);
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Whoever owns the account by now sees what has changed of it. */
  static CompletableFuture<Void> unlessMoved(CompletableFuture<Void> reload) {
    return reload.exceptionallyCompose(
        failure ->
            Failures.is(FailureReason.NOT_OWNER, failure)
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(failure));
  }

  /** Puts an account out that is somebody else's by now, unless it is being loaded. */
  boolean leaveIfOver(Stripe stripe, AccountId account) {
    AfterUnlock afterUnlock;
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      if (entry == null || !entry.right.isOver() || entry.isLoading()) {
        return false;
      }
      // before it has no rotation any more, which knows its turns
      stripe.remove(account);
      afterUnlock = remove(entry, entry.right.refusal(account));
      evictions.discount(entry);
    } finally {
      stripe.lock.unlock();
    }
    stripes.after(afterUnlock);
    evictions.left(account);
    return true;
  }

  /** Whether an account is served by a right, of which little is known before it is loaded. */
  private static boolean serves(Right right, @Nullable Entry entry) {
    Rotation loaded = entry == null ? null : entry.rotation;
    return loaded == null ? right.loads() : right.serves(loaded.isLimited());
  }

  /** Why an account that was loaded is not: it is gone, or somebody else's. */
  BrokerException absence(AccountId account) {
    try {
      Right right = rights.of(account);
      return right == Right.ALWAYS
          ? BrokerException.credentialsDoNotExist(account)
          : right.refusal(account);
    } catch (BrokerException e) {
      return e;
    }
  }

  private @Nullable AfterUnlock remove(Entry entry, BrokerException why) {
    Rotation rotation = entry.rotation;
    if (rotation == null) {
      return null;
    }
    rotation.waiting().fail(rotation, why);
    rotation.bench.markChanged();
    entry.rotation = null;
    return rotation.finish(clock.moment());
  }

  /** Under the lock. */
  private @Nullable AfterUnlock publish(Stripe stripe, AccountId account, Entry entry, News news) {
    Moment moment = clock.moment();
    Fingerprint before = entry.fingerprint();
    boolean again = entry.rotation != null;
    Rotation rotation = news.publish(entry, moment);
    entry.heard().forEach((token, leased) -> rotation.leased(token, leased, moment));
    if (again && isBig(entry)) {
      stripe.trails.add(account, before, entry.fingerprint());
    }
    rotation.bench.markChanged();
    return rotation.finish(moment);
  }

  private static void end(
      AccountId account, FifoFuture<Void> ended, boolean gone, @Nullable Throwable failure) {
    ended.complete(null, gone ? BrokerException.credentialsDoNotExist(account) : failure);
  }
}
