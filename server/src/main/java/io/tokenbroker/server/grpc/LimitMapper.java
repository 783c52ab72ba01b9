package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.v1.QuotaPeriod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads limits, and makes messages of them. */
final class LimitMapper {
  private static final DateTimeFormatter TIME_OF_DAY =
      DateTimeFormatter.ofPattern("HH:mm").withResolverStyle(ResolverStyle.STRICT);

  private LimitMapper() {}

  /**
   * @param path of the message, such as {@code token.limits}
   */
  static TokenLimits limits(String path, io.tokenbroker.v1.TokenLimits message) {
    atMost(path + ".rates", message.getRatesCount(), TokenLimits.MAX_RATES);
    atMost(path + ".quotas", message.getQuotasCount(), TokenLimits.MAX_QUOTAS);
    List<RateLimit> rates = new ArrayList<>();
    Map<Duration, Integer> windows = new HashMap<>();
    for (int i = 0; i < message.getRatesCount(); i++) {
      String field = path + ".rates[" + i + "]";
      RateLimit rate = rate(field, message.getRates(i));
      Integer same = windows.putIfAbsent(rate.window(), i);
      if (same != null) {
        throw BrokerException.invalidField(
            field + ".window", "is the same as that of rates[" + same + "]");
      }
      rates.add(rate);
    }
    List<Quota> quotas = new ArrayList<>();
    for (int i = 0; i < message.getQuotasCount(); i++) {
      quotas.add(quota(path + ".quotas[" + i + "]", message.getQuotas(i)));
    }
    return new TokenLimits(
        rates,
        quotas,
        Fields.between(
            path + ".max_concurrent", message.getMaxConcurrent(), 0, TokenLimits.MAX_CONCURRENT),
        Fields.between(path + ".headroom_percent", message.getHeadroomPercent(), 0, 99));
  }

  private static void atMost(String field, int size, int max) {
    if (size > max) {
      throw BrokerException.invalidField(
          field, "must have at most %d elements, has %d".formatted(max, size));
    }
  }

  private static RateLimit rate(String path, io.tokenbroker.v1.RateLimit message) {
    long count = Fields.between(path + ".count", message.getCount(), 1, RateLimit.MAX_COUNT);
    Duration window =
        Fields.duration(
            path + ".window",
            message.getWindow(),
            RateLimit.MIN_WINDOW,
            RateLimit.MAX_WINDOW,
            "1 ms to 31 days");
    return new RateLimit(count, window);
  }

  private static Quota quota(String path, io.tokenbroker.v1.Quota message) {
    long count = Fields.between(path + ".count", message.getCount(), 1, Quota.MAX_COUNT);
    Period period =
        switch (message.getPeriod()) {
          case QUOTA_PERIOD_DAY -> Period.DAY;
          case QUOTA_PERIOD_MONTH -> Period.MONTH;
          case QUOTA_PERIOD_UNSPECIFIED, UNRECOGNIZED ->
              throw BrokerException.invalidField(path + ".period", "must be DAY or MONTH");
        };
    int day = message.getResetDayOfMonth();
    if (day != 0 && period == Period.DAY) {
      throw BrokerException.invalidField(
          path + ".reset_day_of_month", "is for a monthly reset, not for a daily one");
    }
    return new Quota(
        count,
        period,
        zone(path + ".time_zone", message.getTimeZone()),
        timeOfDay(path + ".reset_time_of_day", message.getResetTimeOfDay()),
        Fields.orDefault(path + ".reset_day_of_month", day, 1, 31));
  }

  private static ZoneId zone(String field, String name) {
    try {
      return name.isEmpty() ? ZoneOffset.UTC : ZoneId.of(name);
    } catch (DateTimeException e) {
      throw BrokerException.invalidField(
          field, "must be an IANA time zone that is known here, such as Europe/Berlin");
    }
  }

  private static LocalTime timeOfDay(String field, String time) {
    try {
      return time.isEmpty() ? LocalTime.MIDNIGHT : LocalTime.parse(time, TIME_OF_DAY);
    } catch (DateTimeException e) {
      throw BrokerException.invalidField(field, "must be a time from 00:00 to 23:59");
    }
  }

  static io.tokenbroker.v1.TokenLimits message(TokenLimits limits) {
    io.tokenbroker.v1.TokenLimits.Builder message =
        io.tokenbroker.v1.TokenLimits.newBuilder()
            .setMaxConcurrent(limits.maxConcurrent())
            .setHeadroomPercent(limits.headroomPercent());
    for (RateLimit rate : limits.rates()) {
      message.addRates(
          io.tokenbroker.v1.RateLimit.newBuilder()
              .setCount(rate.count())
              .setWindow(WireTimes.duration(rate.window())));
    }
    for (Quota quota : limits.quotas()) {
      boolean daily = quota.period() == Period.DAY;
      message.addQuotas(
          io.tokenbroker.v1.Quota.newBuilder()
              .setCount(quota.count())
              .setPeriod(daily ? QuotaPeriod.QUOTA_PERIOD_DAY : QuotaPeriod.QUOTA_PERIOD_MONTH)
              .setTimeZone(quota.zone().equals(ZoneOffset.UTC) ? "UTC" : quota.zone().getId())
              .setResetTimeOfDay(TIME_OF_DAY.format(quota.resetTime()))
              .setResetDayOfMonth(daily ? 0 : quota.resetDay()));
    }
    return message.build();
  }
}
