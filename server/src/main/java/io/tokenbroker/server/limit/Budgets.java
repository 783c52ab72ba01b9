package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What an upstream told of what is left until its resets. Guarded by the stripe of its account. */
final class Budgets {
  static final String NAME = Usage.BUDGET;

  /** Headers tell seconds, rounded in any way: resets as near as this are the same. */
  private static final long SAME_MILLIS = 1_000;

  private static final int MAX = 8;

  /** Of the heap, about. */
  private static final int BYTES = 32;

  private static final class Budget {
    long remaining;
    long resetMillis;
  }

  private final List<Budget> budgets = new ArrayList<>(1);

  boolean isEmpty() {
    return budgets.isEmpty();
  }

  int usedBytes() {
    return BYTES * budgets.size();
  }

  void charge() {
    for (int i = 0; i < budgets.size(); i++) {
      budgets.get(i).remaining--;
    }
  }

  void refund() {
    for (int i = 0; i < budgets.size(); i++) {
      budgets.get(i).remaining++;
    }
  }

  /**
   * Only ever lowers what is left.
   *
   * @param since how many turns were handed out since the one that the upstream answered
   */
  void add(UpstreamBudget told, long since, Moment moment) {
    expire(moment);
    add(
        Math.max(0, told.remaining() - since),
        Deadline.ceilMillis(told.resetTime(), moment),
        moment);
  }

  private void add(long remaining, long resetMillis, Moment moment) {
    if (resetMillis <= moment.millis()) {
      return;
    }
    for (Budget budget : budgets) {
      if (Math.abs(budget.resetMillis - resetMillis) <= SAME_MILLIS) {
        budget.remaining = Math.min(budget.remaining, remaining);
        budget.resetMillis = Math.max(budget.resetMillis, resetMillis);
        return;
      }
    }
    Budget budget = new Budget();
    budget.remaining = remaining;
    budget.resetMillis = resetMillis;
    budgets.add(budget);
    if (budgets.size() > MAX) {
      budgets.sort(Comparator.comparingLong(b -> b.remaining));
      budgets.remove(MAX);
    }
  }

  private void expire(Moment moment) {
    if (!budgets.isEmpty()) {
      budgets.removeIf(budget -> budget.resetMillis <= moment.millis());
    }
  }

  /** When another turn fits; {@link Deadline#OVER} if one fits now. */
  long untilMillis(Moment moment) {
    expire(moment);
    long until = Deadline.OVER;
    for (Budget budget : budgets) {
      if (budget.remaining <= 0) {
        until = Math.max(until, budget.resetMillis);
      }
    }
    return until;
  }

  Usage export(Moment moment) {
    expire(moment);
    return new Usage(
        NAME,
        budgets.stream()
            .map(b -> new Charge(Instant.ofEpochMilli(b.resetMillis), Math.max(0, b.remaining)))
            .toList());
  }

  void restore(Usage usage, Moment moment) {
    for (Charge charge : usage.charges()) {
      add(charge.count(), charge.time().toEpochMilli(), moment);
    }
  }
}
