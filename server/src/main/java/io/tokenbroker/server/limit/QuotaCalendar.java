package io.tokenbroker.server.limit;

import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZonedDateTime;

/**
 * When a quota starts anew. A time of day that a change to summer time leaves out comes as much
 * later as the gap is long; one that comes twice counts the first time.
 */
final class QuotaCalendar {
  private QuotaCalendar() {}

  /** The first reset after a time. */
  static Instant nextReset(Quota quota, Instant after) {
    LocalDate date = start(quota, after, -1);
    Instant reset = reset(quota, date);
    while (!reset.isAfter(after)) {
      date = step(quota, date, 1);
      reset = reset(quota, date);
    }
    return reset;
  }

  /** The last reset up to a time, and at it. */
  static Instant lastReset(Quota quota, Instant until) {
    LocalDate date = start(quota, until, 1);
    Instant reset = reset(quota, date);
    while (reset.isAfter(until)) {
      date = step(quota, date, -1);
      reset = reset(quota, date);
    }
    return reset;
  }

  /** The date of a time, and some periods before or after it: gaps shift by days at most. */
  private static LocalDate start(Quota quota, Instant time, int sign) {
    LocalDate date = time.atZone(quota.zone()).toLocalDate();
    return step(quota, step(quota, date, sign), sign);
  }

  /** Any day of the month stands for a month. */
  private static LocalDate step(Quota quota, LocalDate date, int periods) {
    return quota.period() == Period.DAY
        ? date.plusDays(periods)
        : date.withDayOfMonth(1).plusMonths(periods);
  }

  private static Instant reset(Quota quota, LocalDate date) {
    LocalDate day = date;
    if (quota.period() == Period.MONTH) {
      YearMonth month = YearMonth.from(date);
      day = month.atDay(Math.min(quota.resetDay(), month.lengthOfMonth()));
    }
    return ZonedDateTime.of(day, quota.resetTime(), quota.zone())
        .withEarlierOffsetAtOverlap()
        .toInstant();
  }
}
