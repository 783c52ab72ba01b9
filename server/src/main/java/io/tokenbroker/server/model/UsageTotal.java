package io.tokenbroker.server.model;

import io.tokenbroker.server.model.Usage.Charge;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What several brokers, one after the other or together, have used of a token's limits. Pure. */
public final class UsageTotal {
  /** Resets as near as this are the same. */
  private static final Duration SAME_RESET = Duration.ofSeconds(1);

  private UsageTotal() {}

  /**
   * Adds what was used since to what was used before; what does not matter any more is left out.
   *
   * <p>Of a rate and of a quota the turns add up; of a budget, which is what an upstream told, the
   * least counts. Who tells all turns in use knows those that others have told.
   */
  public static List<Usage> of(List<Usage> before, List<Usage> since, Instant now) {
    Map<String, List<Charge>> totals = new LinkedHashMap<>();
    before.forEach(usage -> totals.put(usage.limit(), usage.charges()));
    for (Usage usage : since) {
      if (usage.limit().equals(Usage.ALL_IN_USE)) {
        totals.keySet().removeIf(Usage::isOfTurnsInUse);
      }
      totals.merge(usage.limit(), usage.charges(), (old, more) -> add(usage.limit(), old, more));
    }
    List<Usage> result = new ArrayList<>();
    totals.forEach(
        (limit, charges) -> {
          List<Charge> left = compact(limit, charges, now);
          if (!left.isEmpty()) {
            result.add(new Usage(limit, left));
          }
        });
    return List.copyOf(result);
  }

  private static List<Charge> add(String limit, List<Charge> before, List<Charge> since) {
    List<Charge> both = new ArrayList<>(before);
    both.addAll(since);
    if (limit.startsWith(Usage.QUOTA)) {
      return newestPeriod(both);
    }
    if (limit.equals(Usage.BUDGET)) {
      return leastOfEach(both);
    }
    both.sort(Comparator.comparing(Charge::time));
    return both;
  }

  /** The time of a quota's charge is the reset that ended the period before. */
  private static List<Charge> newestPeriod(List<Charge> charges) {
    Instant newest =
        charges.stream().map(Charge::time).max(Comparator.naturalOrder()).orElse(Instant.MIN);
    long used =
        charges.stream().filter(c -> c.time().equals(newest)).mapToLong(Charge::count).sum();
    return charges.isEmpty() ? List.of() : List.of(new Charge(newest, used));
  }

  private static List<Charge> leastOfEach(List<Charge> charges) {
    List<Charge> sorted = new ArrayList<>(charges);
    sorted.sort(Comparator.comparing(Charge::time));
    List<Charge> least = new ArrayList<>();
    for (Charge charge : sorted) {
      int last = least.size() - 1;
      if (last >= 0 && !charge.time().isAfter(least.get(last).time().plus(SAME_RESET))) {
        least.set(
            last, new Charge(charge.time(), Math.min(least.get(last).count(), charge.count())));
      } else {
        least.add(charge);
      }
    }
    return least;
  }

  private static List<Charge> compact(String limit, List<Charge> charges, Instant now) {
    if (limit.equals(Usage.BUDGET) || Usage.isOfTurnsInUse(limit)) {
      return charges.stream().filter(charge -> charge.time().isAfter(now)).toList();
    }
    return limit.startsWith(Usage.RATE) ? compactRate(limit, charges, now) : charges;
  }

  /** Turns within the same part of a window are taken together, at the time of the newest. */
  private static List<Charge> compactRate(String limit, List<Charge> charges, Instant now) {
    Duration window;
    try {
      window = Duration.parse(limit.substring(Usage.RATE.length()));
    } catch (DateTimeException e) {
      return charges;
    }
    long part = Math.max(1, window.toMillis() / (Usage.MAX_CHARGES - 1));
    Instant begin = now.minus(window);
    Map<Long, Charge> parts = new LinkedHashMap<>();
    for (Charge charge : charges) {
      if (!charge.time().isBefore(begin)) {
        parts.merge(
            Math.floorDiv(charge.time().toEpochMilli(), part),
            charge,
            (old, newer) -> new Charge(newer.time(), old.count() + newer.count()));
      }
    }
    return List.copyOf(parts.values());
  }
}
