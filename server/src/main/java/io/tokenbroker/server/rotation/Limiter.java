package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All limits of one token, and what has been used of them. Each turn is charged before it is handed
 * out. Guarded by the stripe of its account.
 */
final class Limiter {
  final TokenLimits limits;
  private final List<Window> windows = new ArrayList<>();
  private final List<QuotaCount> quotas = new ArrayList<>();
  private Budgets budgets = new Budgets();
  private final long turnTimeoutNanos;

  /** The newest turn of the account that is not counted here. */
  private long sinceTurn;

  /** The newest turn of the account when the upstream told something last. */
  private long toldTurn;

  /** When the turns in use are no longer taken for it, by turn, in that order. */
  private LinkedHashMap<Long, Long> inUse = new LinkedHashMap<>();

  /** Null until the upstream tells a budget: only those need it. */
  private @Nullable NewestTurns newest;

  /** Until when no turn fits; {@link Deadline#NEVER} if one does. As of the last look. */
  long untilNanos = Deadline.NEVER;

  long untilMillis = Deadline.NEVER;

  /** As {@link #untilNanos}, of the turns in use alone. */
  long inUseNanos = Deadline.NEVER;

  /**
   * @param turn the newest one of the account
   */
  Limiter(TokenLimits limits, Duration margin, Duration turnTimeout, long turn) {
    this.limits = limits;
    this.sinceTurn = turn;
    this.turnTimeoutNanos = turnTimeout.toNanos();
    for (TokenLimits.RateLimit rate : limits.rates()) {
      windows.add(new Window(rate.window(), margin, limits.usable(rate.count())));
    }
    for (TokenLimits.Quota quota : limits.quotas()) {
      quotas.add(new QuotaCount(quota, limits.usable(quota.count())));
    }
  }

  /** Takes over what has been used, as far as it is about the same kind of limit. */
  void resume(Limiter before, Now now) {
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
      quota.resume(before.quotas, now.millis);
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

  void charge(long turn, Now now) {
    for (int i = 0; i < windows.size(); i++) {
      windows.get(i).charge(now.nanos);
    }
    for (int i = 0; i < quotas.size(); i++) {
      quotas.get(i).charge(now.millis);
    }
    budgets.charge();
    if (newest != null) {
      newest.add(turn);
    }
    if (limits.maxConcurrent() > 0) {
      inUse.put(turn, now.nanos + turnTimeoutNanos);
    }
  }

  /**
   * Undoes a charge.
   *
   * @param nanos when it was made, on the ticker
   * @param millis the same, on the wall clock
   */
  void refund(long turn, long nanos, long millis, Now now) {
    release(turn);
    if (turn <= sinceTurn) {
      return;
    }
    windows.forEach(window -> window.refund(nanos, now.nanos));
    quotas.forEach(quota -> quota.refund(millis));
    if (newest != null) {
      newest.remove(turn);
    }
    // what was told since may not have counted it
    if (turn > toldTurn) {
      budgets.refund();
    }
  }

  /** Tells whether the turn was in use. */
  boolean release(long turn) {
    return inUse.remove(turn) != null;
  }

  /**
   * @param turn that the upstream answered; 0 if unknown: then what it said is taken as it is
   * @param newestTurn of the account
   * @param estimate how many turns the token has had since, for as long as they are not known
   */
  void tell(List<UpstreamBudget> told, long turn, long newestTurn, long estimate, Now now) {
    toldTurn = newestTurn;
    long since = newest == null ? estimate : newest.after(turn);
    if (newest == null) {
      newest = new NewestTurns();
    }
    told.forEach(budget -> budgets.add(budget, turn == 0 ? 0 : since, now));
  }

  /** Looks until when no turn fits. */
  void look(Now now) {
    inUseNanos = concurrencyUntil(now);
    untilNanos = inUseNanos;
    for (int i = 0; i < windows.size(); i++) {
      untilNanos = Math.max(untilNanos, windows.get(i).untilNanos(now.nanos));
    }
    untilMillis = budgets.untilMillis(now);
    for (int i = 0; i < quotas.size(); i++) {
      untilMillis = Math.max(untilMillis, quotas.get(i).untilMillis(now.millis));
    }
  }

  private long concurrencyUntil(Now now) {
    if (limits.maxConcurrent() == 0) {
      return Deadline.NEVER;
    }
    int over = inUse.size() - limits.maxConcurrent();
    if (over < 0) {
      return Deadline.NEVER;
    }
    long until = Deadline.NEVER;
    var times = inUse.values().iterator();
    while (times.hasNext()) {
      long time = times.next();
      if (time <= now.nanos) {
        times.remove();
        over--;
      } else if (over >= 0) {
        until = time;
        over--;
      }
      if (over < 0) {
        return until;
      }
    }
    return until;
  }

  /** What it has come to hold with use, in bytes of the heap, about. */
  int bytes() {
    int bytes = Footprint.TURN_IN_USE * inUse.size() + budgets.usedBytes();
    for (int i = 0; i < windows.size(); i++) {
      bytes += windows.get(i).usedBytes();
    }
    return newest == null ? bytes : bytes + newest.bytes();
  }

  /** Whether there is anything that has to be saved. */
  boolean isLong() {
    return !quotas.isEmpty() || !budgets.isEmpty() || windows.stream().anyMatch(Window::isLong);
  }

  /** Whether all that is used now is what {@link #export} tells. */
  boolean isStored(Now now) {
    for (long time : inUse.values()) {
      if (time > now.nanos) {
        return false;
      }
    }
    return windows.stream().allMatch(window -> window.isLong() || window.isEmpty(now.nanos));
  }

  /** Whether there is more that matters to a broker which starts before long. */
  boolean isShort() {
    return limits.maxConcurrent() > 0 || !windows.stream().allMatch(Window::isLong);
  }

  /**
   * What has been used since it was {@link #saved} last; of a budget, what is left.
   *
   * @param all also what is short
   */
  List<Usage> export(boolean all, Now now) {
    Map<String, Usage> usage = new LinkedHashMap<>();
    // of two limits that differ in nothing but their count, one
    for (Window window : windows) {
      if (all || window.isLong()) {
        usage.put(window.name(), window.export(now));
      }
    }
    quotas.forEach(quota -> usage.put(quota.name(), quota.export(now)));
    usage.put(Budgets.NAME, budgets.export(now));
    if (all) {
      usage.put(Usage.IN_USE, exportInUse(now));
    }
    usage.values().removeIf(one -> one.charges().isEmpty());
    return List.copyOf(usage.values());
  }

  private Usage exportInUse(Now now) {
    List<Usage.Charge> turns = new ArrayList<>();
    inUse.forEach(
        (turn, end) -> {
          if (end > now.nanos) {
            long left = (end - now.nanos) / Now.NANOS_PER_MILLI;
            turns.add(new Usage.Charge(Instant.ofEpochMilli(now.millis + left), turn));
          }
        });
    return new Usage(Usage.IN_USE, turns);
  }

  /** What was exported last is saved. */
  void saved() {
    windows.forEach(Window::saved);
    quotas.forEach(QuotaCount::saved);
  }

  void restore(List<Usage> stored, Now now) {
    for (Usage usage : stored) {
      windows.stream()
          .filter(window -> window.name().equals(usage.limit()))
          .forEach(window -> window.restore(usage, now));
      quotas.stream()
          .filter(quota -> quota.name().equals(usage.limit()))
          .forEach(quota -> quota.restore(usage, now));
      if (usage.limit().equals(Budgets.NAME)) {
        budgets.restore(usage, now);
      }
      if (usage.limit().equals(Usage.IN_USE) && limits.maxConcurrent() > 0) {
        restoreInUse(usage, now);
      }
    }
  }

  private void restoreInUse(Usage usage, Now now) {
    for (Usage.Charge charge : usage.charges()) {
      long left = (charge.time().toEpochMilli() - now.millis) * Now.NANOS_PER_MILLI;
      long turn = charge.count();
      while (inUse.containsKey(turn)) {
        // another broker's of the same number: nobody can release it here
        turn = -1L - inUse.size();
      }
      if (left > 0) {
        inUse.put(turn, now.nanos + Math.min(left, turnTimeoutNanos));
      }
    }
  }

  /** Whether a token needs a limiter: for its limits, or for what the store has. */
  static boolean isNeeded(TokenLimits limits, List<Usage> stored) {
    return !limits.equals(TokenLimits.NONE)
        || stored.stream().anyMatch(usage -> usage.limit().equals(Budgets.NAME));
  }
}
