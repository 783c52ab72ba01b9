package io.tokenbroker.server;

import io.tokenbroker.server.fleet.Split;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.rotation.Right;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The right to answer for accounts whose owners can't be reached: for a while from when one could
 * not be, and never longer than until this broker owns the account itself. Thread-safe.
 */
final class SplitRights implements Split {
  private static final long LASTS_NANOS = Duration.ofSeconds(5).toNanos();

  /** Accounts. */
  private static final int MOST = 10_000;

  private final Predicate<String> owned;
  private final Right.State state;
  private final Function<AccountId, BrokerException> refusal;
  private final Supplier<CompletionStage<?>> looked;
  private final LongSupplier ticker;
  private final ConcurrentHashMap<String, Spell> spells = new ConcurrentHashMap<>();
  private final AtomicInteger begun = new AtomicInteger();

  /**
   * @param owned whether an account is this broker's
   * @param looked completes when the database was asked, or could not be, who owns what
   * @param state what may be done meanwhile
   * @param ticker monotonic nanoseconds
   */
  SplitRights(
      Predicate<String> owned,
      Right.State state,
      Function<AccountId, BrokerException> refusal,
      Supplier<CompletionStage<?>> looked,
      LongSupplier ticker) {
    this.looked = looked;
    this.owned = owned;
    this.state = state;
    this.refusal = refusal;
    this.ticker = ticker;
  }

  @Override
  public CompletionStage<Boolean> serves(String account) {
    Spell spell = spells.get(account);
    if (owned.test(account) || (spell != null && spell.extend())) {
      return CompletableFuture.completedFuture(true);
    }
    // whoever has gone as planned has handed the account over before: that is to be seen first
    return looked.get().thenApply(done -> begin(account));
  }

  private boolean begin(String account) {
    if (owned.test(account)) {
      return true; // by a right of its own
    }
    if (spells.size() >= MOST) {
      spells.values().removeIf(Right::isOver);
    }
    boolean room = spells.size() < MOST;
    Spell spell =
        spells.compute(
            account,
            (name, before) ->
                before != null && before.extend() ? before : room ? new Spell(name) : null);
    return spell != null;
  }

  /** Null if there is none. */
  @Nullable Right of(AccountId account) {
    Spell spell = spells.get(account.value());
    return spell == null || spell.isOver() ? null : spell;
  }

  /** One that has ended is never used again: there is another one then, with what is read anew. */
  private final class Spell implements Right {
    /** Below 0: epochs are above. */
    private final int serial = begun.decrementAndGet();

    private final String account;
    private long end = ticker.getAsLong() + LASTS_NANOS;
    private boolean over;

    Spell(String account) {
      this.account = account;
    }

    /** False if it has ended. */
    synchronized boolean extend() {
      if (isOver()) {
        return false;
      }
      end = ticker.getAsLong() + LASTS_NANOS;
      return true;
    }

    @Override
    public synchronized State state() {
      over = over || end - ticker.getAsLong() <= 0 || owned.test(account);
      return over ? State.ENDED : state;
    }

    @Override
    public int serial() {
      return serial;
    }

    @Override
    public boolean loads() {
      return !isOver();
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public BrokerException refusal(AccountId of) {
      return refusal.apply(of);
    }
  }
}
