package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import java.time.Instant;
import java.util.List;

/** What has been used of a quota since its last reset. Guarded by the stripe of its account. */
final class QuotaCount {
  private final Quota quota;
  private final long limit;
  private long used;

  /**
   * Of these, those that no store knows of yet, and those that are just being saved. Below 0 the
   * store has more than was used: the next ones are not told to it.
   */
  private long unsaved;

  private long saving;

  /** The period that is counted, in milliseconds since 1970. */
  private long from = Long.MAX_VALUE;

  private long to = Long.MIN_VALUE;

  /** The newest turn that was charged, and the newest that is not in the period that is counted. */
  private long newestTurn;

  private long lastBefore;

  /**
   * @param turn the newest one of the account
   */
  QuotaCount(Quota quota, long limit, long turn) {
    this.quota = quota;
    this.limit = limit;
    this.newestTurn = turn;
    this.lastBefore = turn;
  }

  void charge(long turn, long millis) {
    roll(millis);
    used++;
    unsaved++;
    newestTurn = turn;
  }

  /**
   * Undoes a charge, if it was in the period that counts. Its time would not tell: a clock that was
   * set back over a reset charges for the period after it.
   */
  void refund(long turn) {
    if (used > 0 && turn > lastBefore) {
      used--;
      unsaved--;
    }
    if (turn == newestTurn) {
      // its number comes again
      newestTurn--;
    }
  }

  private void roll(long millis) {
    if (millis >= from && millis < to) {
      return;
    }
    Instant now = Instant.ofEpochMilli(millis);
    long start = QuotaCalendar.lastReset(quota, now).toEpochMilli();
    long end = QuotaCalendar.nextReset(quota, now).toEpochMilli();
    if (start > from || from == Long.MAX_VALUE) {
      used = 0;
      unsaved = 0;
      saving = 0;
      lastBefore = newestTurn;
    } else if (end == from) {
      // a clock that was set back over a reset: the count stays, and until the end of its period
      return;
    }
    // set back over more, it ran far ahead: the count stays, but no longer than until the next
    // reset
    from = start;
    to = end;
  }

  /** When another turn fits; {@link Deadline#OVER} if one fits now. */
  long untilMillis(long millis) {
    roll(millis);
    return used < limit ? Deadline.OVER : to;
  }

  /** Goes on from the one that resets at the same times, else from the most used of the period. */
  void resume(List<QuotaCount> before, long millis) {
    roll(millis);
    boolean found = false;
    for (QuotaCount old : before) {
      boolean same = old.name().equals(name());
      if (same || (!found && old.quota.period() == quota.period())) {
        old.roll(millis);
        used = same ? old.used : Math.max(used, old.used);
        // under a new name nothing has been saved
        unsaved = same ? old.unsaved : used;
        saving = same ? old.saving : 0;
        newestTurn = old.newestTurn;
        lastBefore = old.lastBefore;
        found |= same;
      }
    }
  }

  String name() {
    return Usage.QUOTA
        + "%s:%s:%s:%d"
            .formatted(quota.period(), quota.zone(), quota.resetTime(), quota.resetDay());
  }

  /** What no store knows of yet. */
  Usage export(Moment moment) {
    roll(moment.millis());
    saving = Math.max(0, unsaved);
    return new Usage(
        name(), saving == 0 ? List.of() : List.of(new Charge(Instant.ofEpochMilli(from), saving)));
  }

  /** What was exported last is saved. */
  void saved() {
    unsaved -= saving;
    saving = 0;
  }

  void restore(Usage usage, Moment moment) {
    roll(moment.millis());
    for (Charge charge : usage.charges()) {
      if (charge.time().toEpochMilli() >= from) {
        // not the sum: another quota that resets at the same times has saved the same
        used = Math.max(used, charge.count());
      }
    }
  }
}
