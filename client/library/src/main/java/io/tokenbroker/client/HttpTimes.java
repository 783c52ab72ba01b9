package io.tokenbroker.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The times in HTTP headers. Empty for whatever makes no sense; nothing here fails. */
final class HttpTimes {
  static final Duration LONGEST = Duration.ofDays(366);

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}(?:\\.[0-9]{1,9})?");
  private static final double FIRST_EPOCH_SECOND = 1e9;
  private static final double FIRST_EPOCH_MILLI = 1e12;

  /** The two obsolete forms of RFC 9110, 5.6.7; the years of the first are those around 2050. */
  private static final DateTimeFormatter RFC_850 =
      new DateTimeFormatterBuilder()
          .appendPattern("EEEE, dd-MMM-")
          .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
          .appendPattern(" HH:mm:ss 'GMT'")
          .toFormatter(Locale.ENGLISH);

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH);

  private HttpTimes() {}

  /** {@code Retry-After}: seconds, or a date, of which what is past is zero. */
  static Optional<Duration> delay(String text, Instant upstreamNow) {
    return seconds(text)
        .or(() -> date(text).map(date -> atLeastZero(Duration.between(upstreamNow, date))))
        .filter(delay -> delay.compareTo(LONGEST) <= 0);
  }

  /** A reset: seconds from now, or an absolute time, which must not be past. */
  static Optional<Duration> reset(String text, Instant upstreamNow) {
    if (!NUMBER.matcher(text).matches()) {
      return Optional.empty();
    }
    double number = Double.parseDouble(text);
    Duration delay =
        number < FIRST_EPOCH_SECOND
            ? Duration.ofNanos((long) (number * 1e9))
            : Duration.between(
                upstreamNow,
                Instant.ofEpochMilli((long) (number < FIRST_EPOCH_MILLI ? number * 1000 : number)));
    return Optional.of(delay).filter(d -> !d.isNegative() && d.compareTo(LONGEST) <= 0);
  }

  static Optional<Instant> date(String text) {
    try {
      if (text.endsWith("GMT")) {
        return Optional.of(
            text.contains("-")
                ? LocalDateTime.parse(text, RFC_850).toInstant(ZoneOffset.UTC)
                : ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      }
      return Optional.of(LocalDateTime.parse(text, ASCTIME).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> seconds(String text) {
    return NUMBER.matcher(text).matches() && Double.parseDouble(text) < FIRST_EPOCH_SECOND
        ? Optional.of(Duration.ofNanos((long) (Double.parseDouble(text) * 1e9)))
        : Optional.empty();
  }

  private static Duration atLeastZero(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }
}
