package io.tokenbroker.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuotaCalendarTest {
  @ParameterizedTest
  @CsvSource({
    // an ordinary day, and the moment of the reset itself
    "DAY, UTC, 00:00, 1, 2030-05-06T10:00:00Z, 2030-05-06T00:00:00Z, 2030-05-07T00:00:00Z",
    "DAY, UTC, 00:00, 1, 2030-05-06T00:00:00Z, 2030-05-06T00:00:00Z, 2030-05-07T00:00:00Z",
    // 02:30 does not exist on 2030-03-31 in Berlin: an hour later, at 03:30
    "DAY, Europe/Berlin, 02:30, 1, 2030-03-31T00:00:00Z, 2030-03-30T01:30:00Z, 2030-03-31T01:30:00Z",
    "DAY, Europe/Berlin, 02:30, 1, 2030-03-31T01:30:00Z, 2030-03-31T01:30:00Z, 2030-04-01T00:30:00Z",
    // 02:30 comes twice on 2030-10-27: the first time counts
    "DAY, Europe/Berlin, 02:30, 1, 2030-10-27T00:30:00Z, 2030-10-27T00:30:00Z, 2030-10-28T01:30:00Z",
    "DAY, Europe/Berlin, 02:30, 1, 2030-10-27T01:45:00Z, 2030-10-27T00:30:00Z, 2030-10-28T01:30:00Z",
    // short months reset on their last day
    "MONTH, UTC, 00:00, 31, 2030-02-10T00:00:00Z, 2030-01-31T00:00:00Z, 2030-02-28T00:00:00Z",
    "MONTH, UTC, 00:00, 31, 2028-02-29T00:00:00Z, 2028-02-29T00:00:00Z, 2028-03-31T00:00:00Z",
    "MONTH, UTC, 00:00, 30, 2030-03-01T00:00:00Z, 2030-02-28T00:00:00Z, 2030-03-30T00:00:00Z",
    // west of Greenwich the month begins later
    "MONTH, America/New_York, 00:00, 1, 2030-01-01T04:00:00Z, 2029-12-01T05:00:00Z, 2030-01-01T05:00:00Z"
  })
  void knowsTheResetsAround(
      Period period, String zone, String time, int day, Instant now, Instant last, Instant next) {
    Quota quota = new Quota(1, period, ZoneId.of(zone), LocalTime.parse(time), day);
    assertThat(QuotaCalendar.lastReset(quota, now)).isEqualTo(last);
    assertThat(QuotaCalendar.nextReset(quota, now)).isEqualTo(next);
  }

  @Test
  void resetsFollowEachOtherWithoutGapsAtTheirTime() {
    Random random = new Random(5);
    List<String> zones =
        List.of(
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Asia/Kathmandu",
            "America/Sao_Paulo");
    for (int i = 0; i < 20_000; i++) {
      Quota quota =
          new Quota(
              1,
              random.nextBoolean() ? Period.DAY : Period.MONTH,
              ZoneId.of(zones.get(random.nextInt(zones.size()))),
              LocalTime.of(random.nextInt(24), random.nextInt(60)),
              1 + random.nextInt(31));
      // 1990 to 2050, Apia's missing day in 2011 among them
      Instant now = Instant.ofEpochSecond(631_152_000L + random.nextInt(1_893_456_000));
      Instant next = QuotaCalendar.nextReset(quota, now);
      Instant last = QuotaCalendar.lastReset(quota, now);
      assertThat(last).isBeforeOrEqualTo(now);
      assertThat(next).isAfter(now);
      assertThat(QuotaCalendar.nextReset(quota, last)).isEqualTo(next);
      assertThat(QuotaCalendar.lastReset(quota, next)).isEqualTo(next);
      assertThat(QuotaCalendar.lastReset(quota, next.minusMillis(1))).isEqualTo(last);
      ZonedDateTime local = next.atZone(quota.zone());
      // the time that was asked for, unless a gap swallowed it
      if (!local.toLocalTime().equals(quota.resetTime())) {
        LocalDate day = local.toLocalDate();
        assertThat(
                quota.zone().getRules().getValidOffsets(day.atTime(quota.resetTime())).isEmpty()
                    || quota
                        .zone()
                        .getRules()
                        .getValidOffsets(day.minusDays(1).atTime(quota.resetTime()))
                        .isEmpty())
            .as("%s %s", quota, local)
            .isTrue();
      }
    }
  }
}
