package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that is known of one token, in lists, and what follows from it at this moment. */
final class TokenModel {
  static final long NEVER = Long.MAX_VALUE;
  private static final long MARGIN = Duration.ofMillis(50).toNanos();
  private static final long TIMEOUT = Duration.ofSeconds(60).toNanos();
  private static final long MAX_PROBE_DELAY = Duration.ofHours(24).toNanos();

  private static final class Budget {
    long left;
    long reset;
  }

  private final Bed bed;
  private final TokenLimits limits;
  TokenSettings settings = TokenSettings.DEFAULT;
  final List<Long> unreported = new ArrayList<>();
  final List<Long> reported = new ArrayList<>();
  final Map<String, Long> coolNanos = new HashMap<>();
  final Map<String, Long> coolMillis = new HashMap<>();
  long probeAt = -1;
  long probeDelay;
  long served;
  int holds;
  private final List<Long> handedOut = new ArrayList<>();
  private final Map<Long, Long> inUse = new TreeMap<>();
  private final List<Budget> budgets = new ArrayList<>();
  private @Nullable List<Long> sinceBudgets;
  private final Map<Quota, Long> used = new HashMap<>();
  private final Map<Quota, Instant> periods = new HashMap<>();
  private final Map<Quota, Instant> resets = new HashMap<>();

  TokenModel(Bed bed, TokenLimits limits) {
    this.bed = bed;
    this.limits = limits;
  }

  void take(Turn turn) {
    long now = bed.nanos.get();
    look();
    served++;
    unreported.add(turn.number());
    handedOut.add(now);
    inUse.put(turn.number(), now + TIMEOUT);
    budgets.forEach(budget -> budget.left--);
    limits.quotas().forEach(quota -> used.merge(quota, 1L, Long::sum));
    if (sinceBudgets != null) {
      sinceBudgets.add(turn.number());
    }
    if (probeAt >= 0) {
      probeAt = now + probeDelay;
      probeDelay = Math.min(MAX_PROBE_DELAY, 2 * probeDelay);
    }
  }

  boolean isDuplicate(long turn) {
    return reported.subList(Math.max(0, reported.size() - 64), reported.size()).contains(turn);
  }

  /**
   * @param estimate how many turns it has had since the reported one
   */
  void report(long turn, List<UpstreamBudget> told, long estimate) {
    unreported.remove(turn);
    if (turn != 0) {
      reported.add(turn);
    }
    inUse.remove(turn);
    long since = Math.min(served, estimate);
    if (sinceBudgets != null) {
      since = sinceBudgets.stream().filter(other -> other > turn).count();
    } else if (!told.isEmpty()) {
      sinceBudgets = new ArrayList<>();
    }
    for (UpstreamBudget budget : told) {
      tell(budget, turn == 0 ? 0 : since);
    }
    look();
  }

  private void tell(UpstreamBudget told, long since) {
    forgetBudgets();
    Budget fresh = new Budget();
    fresh.left = Math.max(0, told.remaining() - since);
    fresh.reset = told.resetTime().toEpochMilli();
    for (Budget budget : budgets) {
      if (Math.abs(budget.reset - fresh.reset) <= 1_000) {
        budget.left = Math.min(budget.left, fresh.left);
        budget.reset = Math.max(budget.reset, fresh.reset);
        return;
      }
    }
    budgets.add(fresh);
    if (budgets.size() > 8) {
      budgets.sort(Comparator.comparingLong(budget -> budget.left));
      budgets.remove(8);
    }
  }

  void reset() {
    good();
    handedOut.clear();
    inUse.clear();
    budgets.clear();
    sinceBudgets = null;
    used.clear();
    periods.clear();
    resets.clear();
  }

  void good() {
    coolNanos.clear();
    coolMillis.clear();
    probeAt = -1;
  }

  private void forgetBudgets() {
    budgets.removeIf(budget -> budget.reset <= bed.millis.get());
  }

  /** Forgets what has ended, for good: a clock that is set back does not bring it back. */
  void look() {
    if (settled() == null) {
      forget();
    }
  }

  void refresh(TokenSettings fresh) {
    settings = fresh;
    if (settings.enabled()) {
      forget();
    }
  }

  private void forget() {
    forgetBudgets();
    for (Quota quota : limits.quotas()) {
      Instant period = reset(quota, bed.now(), false);
      Instant before = periods.get(quota);
      if (before == null || period.isAfter(before)) {
        used.put(quota, 0L);
      } else if (period.equals(before) || reset(quota, period, true).equals(before)) {
        // set back into the period before the one that counts
        continue;
      }
      periods.put(quota, period);
      resets.put(quota, reset(quota, period, true));
    }
  }

  /** Until the token is ready for a turn in a scope, in nanoseconds; NEVER if not by itself. */
  long delay(String scope) {
    return settled() != null || holds > 0 ? NEVER : Math.max(wide(), scoped(scope));
  }

  boolean isLeasable(String scope, int maxHolds) {
    return settled() == null
        && probeAt < 0
        && holds < maxHolds
        && Math.max(wide(), scoped(scope)) == 0;
  }

  private long scoped(String scope) {
    return scope.isEmpty() ? 0 : cooldown(scope);
  }

  private @Nullable BenchReason settled() {
    Instant expiry = settings.expireTime();
    if (!settings.enabled()) {
      return BenchReason.DISABLED;
    }
    return expiry != null && !bed.now().isBefore(expiry) ? BenchReason.EXPIRED : null;
  }

  /** What is shown to people. */
  @Nullable BenchReason reason() {
    if (settled() != null) {
      return settled();
    }
    if (probeAt >= 0) {
      return holds > 0 && wide() == 0 ? BenchReason.LEASED : BenchReason.QUARANTINE;
    }
    if (holds > 0) {
      return BenchReason.LEASED;
    }
    if (wide() == 0) {
      return null;
    }
    if (cooldown("") >= limit()) {
      return BenchReason.COOLDOWN;
    }
    return concurrency() >= limit() ? BenchReason.CONCURRENCY : BenchReason.RATE_LIMIT;
  }

  @Nullable Instant readyTime() {
    BenchReason reason = reason();
    return reason == null || settled() != null || reason == BenchReason.LEASED
        ? null
        : bed.now().plusNanos(wide());
  }

  long wide() {
    long probe = probeAt < 0 ? 0 : probeAt - bed.nanos.get();
    return Math.max(0, Math.max(Math.max(probe, cooldown("")), limit()));
  }

  long cooldown(String scope) {
    long nanos = coolNanos.getOrDefault(scope, Long.MIN_VALUE / 2) - bed.nanos.get();
    long millis = coolMillis.getOrDefault(scope, 0L) - bed.millis.get();
    return Math.max(0, Math.max(nanos, millis * 1_000_000));
  }

  private long limit() {
    long delay = concurrency();
    for (RateLimit rate : limits.rates()) {
      int index = handedOut.size() - (int) usable(rate.count());
      if (index >= 0) {
        long leaves = handedOut.get(index) + rate.window().toNanos() + MARGIN;
        delay = Math.max(delay, leaves - bed.nanos.get());
      }
    }
    for (Budget budget : budgets) {
      if (budget.left <= 0) {
        delay = Math.max(delay, (budget.reset - bed.millis.get()) * 1_000_000);
      }
    }
    for (Quota quota : limits.quotas()) {
      Instant end = resets.getOrDefault(quota, bed.now());
      if (used.getOrDefault(quota, 0L) >= usable(quota.count())) {
        delay = Math.max(delay, Duration.between(bed.now(), end).toNanos());
      }
    }
    return delay;
  }

  private long concurrency() {
    List<Long> ends = new ArrayList<>(inUse.values());
    ends.removeIf(time -> time <= bed.nanos.get());
    int over = ends.size() - limits.maxConcurrent();
    return limits.maxConcurrent() > 0 && over >= 0 ? ends.get(over) - bed.nanos.get() : 0;
  }

  private long usable(long count) {
    long kept = 0;
    while (100 * kept < count * limits.headroomPercent()) {
      kept++;
    }
    return Math.max(1, count - kept);
  }

  /** The next reset, or the last one: the nearest of those of all days around. */
  private static Instant reset(Quota quota, Instant now, boolean next) {
    LocalDate today = now.atZone(quota.zone()).toLocalDate();
    Instant best = next ? Instant.MAX : Instant.MIN;
    int around = quota.period() == Period.DAY ? 3 : 33;
    for (LocalDate day = today.minusDays(around); day.isBefore(today.plusDays(around)); ) {
      boolean last = day.plusDays(1).getDayOfMonth() == 1;
      boolean hit = day.getDayOfMonth() == quota.resetDay();
      if (quota.period() == Period.DAY || hit || (last && day.getDayOfMonth() < quota.resetDay())) {
        Instant reset = ZonedDateTime.of(day, quota.resetTime(), quota.zone()).toInstant();
        if (next ? reset.isAfter(now) && reset.isBefore(best) : !reset.isAfter(now)) {
          best = reset;
        }
      }
      day = day.plusDays(1);
    }
    return best;
  }
}
