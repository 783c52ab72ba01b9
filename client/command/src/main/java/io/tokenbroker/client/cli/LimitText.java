package io.tokenbroker.client.cli;

import io.tokenbroker.v1.Quota;
import io.tokenbroker.v1.QuotaPeriod;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Limits as they are typed and printed: rates as {@code 5000/1h}, quotas as {@code
 * 10000/day@00:00[Europe/Berlin]} and {@code 10000/month@15T06:00[UTC]}.
 */
final class LimitText {
  private static final Pattern RATE = Pattern.compile("([0-9]{1,18})/([0-9a-z]+)");
  private static final Pattern QUOTA =
      Pattern.compile(
          "([0-9]{1,18})/(?:(day)(?:@([0-9]{2}:[0-9]{2}))?"
              + "|(month)(?:@([0-9]{1,2})(?:T([0-9]{2}:[0-9]{2}))?)?)(?:\\[([^\\[\\]]+)])?");

  private LimitText() {}

  /** Reads {@code 5000/1h}. */
  static final class RateConverter implements ITypeConverter<RateLimit> {
    @Override
    public RateLimit convert(String text) {
      Matcher matcher = RATE.matcher(text);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is not a count per time such as 10/1s, 5000/1h or 100000/7d");
      }
      Duration window = new TimeoutConverter().convert(matcher.group(2));
      return RateLimit.newBuilder()
          .setCount(Long.parseLong(matcher.group(1)))
          .setWindow(Times.duration(window))
          .build();
    }
  }

  /** Reads {@code 10000/day@00:00[Europe/Berlin]}. */
  static final class QuotaConverter implements ITypeConverter<Quota> {
    @Override
    public Quota convert(String text) {
      Matcher matcher = QUOTA.matcher(text);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'"
                + text
                + "' is not a count per day or month such as 10000/day,"
                + " 10000/day@00:00[Europe/Berlin] or 100000/month@15T06:00[UTC]");
      }
      boolean daily = matcher.group(2) != null;
      Quota.Builder quota =
          Quota.newBuilder()
              .setCount(Long.parseLong(matcher.group(1)))
              .setPeriod(daily ? QuotaPeriod.QUOTA_PERIOD_DAY : QuotaPeriod.QUOTA_PERIOD_MONTH)
              .setResetTimeOfDay(orEmpty(matcher.group(daily ? 3 : 6)))
              .setTimeZone(orEmpty(matcher.group(7)));
      String day = matcher.group(5);
      if (day != null) {
        quota.setResetDayOfMonth(Integer.parseInt(day));
      }
      return quota.build();
    }

    private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
      return text == null ? "" : text;
    }
  }

  static String of(RateLimit rate) {
    return rate.getCount() + "/" + Times.text(Times.duration(rate.getWindow()));
  }

  static String of(Quota quota) {
    String time = quota.getResetTimeOfDay();
    String zone = quota.getTimeZone().isEmpty() ? "" : "[" + quota.getTimeZone() + "]";
    if (quota.getPeriod() == QuotaPeriod.QUOTA_PERIOD_DAY) {
      return quota.getCount() + "/day" + (time.isEmpty() ? "" : "@" + time) + zone;
    }
    int day = quota.getResetDayOfMonth();
    String reset =
        day == 0 && time.isEmpty()
            ? ""
            : "@" + Math.max(1, day) + (time.isEmpty() ? "" : "T" + time);
    return quota.getCount() + "/month" + reset + zone;
  }

  /** In one line for people; {@code none} if there are none. */
  static String of(TokenLimits limits) {
    List<String> parts = new ArrayList<>();
    limits.getRatesList().forEach(rate -> parts.add(of(rate)));
    limits.getQuotasList().forEach(quota -> parts.add(of(quota)));
    if (limits.getMaxConcurrent() != 0) {
      parts.add(limits.getMaxConcurrent() + " at once");
    }
    if (limits.getHeadroomPercent() != 0) {
      parts.add(limits.getHeadroomPercent() + " % kept");
    }
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  static JsonLine json(TokenLimits limits) {
    return new JsonLine()
        .put("rates", limits.getRatesList().stream().map(LimitText::of).toList())
        .put("quotas", limits.getQuotasList().stream().map(LimitText::of).toList())
        .put("max_concurrent", limits.getMaxConcurrent())
        .put("headroom_percent", limits.getHeadroomPercent());
  }
}
