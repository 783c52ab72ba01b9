package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All limits of one token, and what has been used of them. Each turn is charged before it is handed
 * out. Guarded by the stripe of its account.
 */
public final class Limiter {
  /** Which of the turns in use are told. */
  public enum InUse {
    NONE,
    /** All, which add up to those that are stored. */
    MORE,
    /** All that there are of the token: its account is nobody else's. */
    ALL
  }

  private final TokenLimits limits;
  private final List<Window> windows = new ArrayList<>();
  private final List<QuotaCount> quotas = new ArrayList<>();
  private Budgets budgets = new Budgets();

  /** The newest turn of the account that is not counted here. */
  private long sinceTurn;

  /** The newest turn of the account when the upstream told something last. */
  private long toldTurn;

  private TurnsInUse inUse;

  /** Null until the upstream tells a budget: only those need it. */
  private @Nullable NewestTurns newest;

  /**
   * @param turn the newest one of the account
   */
  public Limiter(TokenLimits limits, Duration margin, Duration turnTimeout, long turn) {
    this.limits = limits;
    this.sinceTurn = turn;
    this.inUse = new TurnsInUse(turnTimeout.toNanos());
    for (TokenLimits.RateLimit rate : limits.rates()) {
      windows.add(new Window(rate.window(), margin, limits.usable(rate.count())));
    }
    for (TokenLimits.Quota quota : limits.quotas()) {
      quotas.add(new QuotaCount(quota, limits.usable(quota.count()), turn));
    }
  }

  /** Takes over what has been used, as far as it is about the same kind of limit. */
  public void resume(Limiter before, Moment moment) {
    for (Window window : windows) {
      Window best = null;
      for (Window old : before.windows) {
        if (best == null || isBetter(old, best, window)) {
          best = old;
        }
      }
      if (best != null) {
        window.resume(best);
      }
    }
    for (QuotaCount quota : quotas) {
      quota.resume(before.quotas, moment.millis());
    }
    budgets = before.budgets;
    inUse = before.inUse;
    newest = before.newest;
    sinceTurn = before.sinceTurn;
    toldTurn = before.toldTurn;
  }

  /** The same length is best, then the longest, which remembers most. */
  private static boolean isBetter(Window a, Window b, Window wanted) {
    return !b.length.equals(wanted.length)
        && (a.length.equals(wanted.length) || a.length.compareTo(b.length) > 0);
  }

  public void charge(long turn, Moment moment) {
    for (int i = 0; i < windows.size(); i++) {
      windows.get(i).charge(moment.nanos());
    }
    for (int i = 0; i < quotas.size(); i++) {
      quotas.get(i).charge(turn, moment.millis());
    }
    budgets.charge();
    if (newest != null) {
      newest.add(turn);
    }
    if (limits.maxConcurrent() > 0) {
      inUse.add(turn, moment);
    }
  }

  /**
   * Undoes a charge.
   *
   * @param charged when it was made; null if that is not known to the nanosecond: then windows keep
   *     it until it leaves by itself, lest somebody else's be undone, unless it was made just now
   */
  public void refund(long turn, @Nullable Moment charged, Moment moment) {
    release(turn);
    if (turn <= sinceTurn) {
      return;
    }
    long time = (charged == null ? moment : charged).nanos();
    windows.forEach(window -> window.refund(time, moment.nanos()));
    quotas.forEach(quota -> quota.refund(turn));
    if (newest != null) {
      newest.remove(turn);
    }
    // what was told since may not have counted it
    if (turn > toldTurn) {
      budgets.refund();
    }
  }

  /** Tells whether the turn was in use. */
  public boolean release(long turn) {
    return inUse.remove(turn);
  }

  /**
   * @param turn that the upstream answered; 0 if unknown: then what it said is taken as it is
   * @param newestTurn of the account
   * @param estimate how many turns the token has had since, for as long as they are not known
   */
  public void tell(
      List<UpstreamBudget> told, long turn, long newestTurn, long estimate, Moment moment) {
    toldTurn = newestTurn;
    long since = newest == null ? estimate : newest.after(turn);
    if (newest == null) {
      newest = new NewestTurns();
    }
    told.forEach(budget -> budgets.add(budget, turn == 0 ? 0 : since, moment));
  }

  /** Until when no turn fits; null if one does. */
  public @Nullable Hold hold(Moment moment) {
    int most = limits.maxConcurrent();
    long until = most == 0 ? Deadline.OVER : inUse.untilNanos(most, moment);
    Hold busy = hold(BenchReason.CONCURRENCY, until, Deadline.OVER);
    long nanos = Deadline.OVER;
    for (int i = 0; i < windows.size(); i++) {
      nanos = Math.max(nanos, windows.get(i).untilNanos(moment.nanos()));
    }
    long millis = budgets.untilMillis(moment);
    for (int i = 0; i < quotas.size(); i++) {
      millis = Math.max(millis, quotas.get(i).untilMillis(moment.millis()));
    }
    return Hold.longest(busy, hold(BenchReason.RATE_LIMIT, nanos, millis), moment);
  }

  private static @Nullable Hold hold(BenchReason reason, long nanos, long millis) {
    return nanos == Deadline.OVER && millis == Deadline.OVER
        ? null
        : new Hold(reason, new Deadline(nanos, millis));
  }

  /** Whether it is about just these limits. */
  public boolean isOf(TokenLimits other) {
    return limits.equals(other);
  }

  /** What it has come to hold with use, in bytes of the heap, about. */
  public int bytes() {
    int bytes = inUse.bytes() + budgets.usedBytes();
    for (int i = 0; i < windows.size(); i++) {
      bytes += windows.get(i).usedBytes();
    }
    return newest == null ? bytes : bytes + newest.bytes();
  }

  /** Whether there is anything that has to be saved. */
  public boolean isLong() {
    return !quotas.isEmpty() || !budgets.isEmpty() || windows.stream().anyMatch(Window::isLong);
  }

  /** Whether all that is used now is what {@link #export} tells. */
  public boolean isStored(Moment moment) {
    return inUse.isOver(moment)
        && windows.stream().allMatch(window -> window.isLong() || window.isEmpty(moment.nanos()));
  }

  /** Whether there is more that matters to a broker which starts before long. */
  public boolean isShort() {
    return limits.maxConcurrent() > 0 || !windows.stream().allMatch(Window::isLong);
  }

  /**
   * What has been used since it was {@link #saved} last; of a budget, what is left.
   *
   * @param alsoShort also of short windows
   * @param told which of the turns in use
   */
  public List<Usage> export(boolean alsoShort, InUse told, Moment moment) {
    Map<String, Usage> usage = new LinkedHashMap<>();
    // of two limits that differ in nothing but their count, one
    for (Window window : windows) {
      if (alsoShort || window.isLong()) {
        usage.put(window.name(), window.export(moment));
      }
    }
    quotas.forEach(quota -> usage.put(quota.name(), quota.export(moment)));
    usage.put(Budgets.NAME, budgets.export(moment));
    if (told == InUse.MORE) {
      usage.put(Usage.IN_USE, inUse.export(moment));
    }
    usage.values().removeIf(one -> one.charges().isEmpty());
    if (told == InUse.ALL && (limits.maxConcurrent() > 0 || !inUse.isEmpty())) {
      // also that there are none
      usage.put(Usage.ALL_IN_USE, inUse.exportAll(moment));
    }
    return List.copyOf(usage.values());
  }

  /** What was exported last is saved. */
  public void saved() {
    windows.forEach(Window::saved);
    quotas.forEach(QuotaCount::saved);
  }

  public void restore(List<Usage> stored, Moment moment) {
    for (Usage usage : stored) {
      windows.stream()
          .filter(window -> window.name().equals(usage.limit()))
          .forEach(window -> window.restore(usage, moment));
      quotas.stream()
          .filter(quota -> quota.name().equals(usage.limit()))
          .forEach(quota -> quota.restore(usage, moment));
      if (usage.limit().equals(Budgets.NAME)) {
        budgets.restore(usage, moment);
      }
      if (usage.isOfTurnsInUse() && limits.maxConcurrent() > 0) {
        inUse.restore(usage, moment);
      }
    }
  }

  /** Whether a token needs a limiter: for its limits, or for what the store has. */
  public static boolean isNeeded(TokenLimits limits, List<Usage> stored) {
    return !limits.equals(TokenLimits.NONE)
        || stored.stream().anyMatch(usage -> usage.limit().equals(Budgets.NAME));
  }
}
