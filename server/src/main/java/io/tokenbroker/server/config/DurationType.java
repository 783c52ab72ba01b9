package io.tokenbroker.server.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A duration within bounds, both inclusive, with a unit: {@code 500ms}, {@code 1m30s}, PT5S. */
record DurationType(Duration min, Duration max) implements ValueType<Duration> {
  private static final Pattern TEXT =
      Pattern.compile("(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");

  /** Of a range such as {@code 100ms to 1h}. */
  static DurationType of(String range) {
    String[] ends = range.split(" to ", 2);
    return new DurationType(units(ends[0]), units(ends[1]));
  }

  @Override
  public Duration parse(String text) {
    Duration duration = text.startsWith("P") ? iso(text) : units(text);
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw new IllegalArgumentException();
    }
    return duration;
  }

  private static Duration iso(String text) {
    try {
      return Duration.parse(text);
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Duration units(String text) {
    Matcher parts = TEXT.matcher(text);
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (text.isEmpty() || !parts.matches()) {
      throw new IllegalArgumentException();
    }
    return Duration.ofHours(number(parts.group(1)))
        .plusMinutes(number(parts.group(2)))
        .plusSeconds(number(parts.group(3)))
        .plusMillis(number(parts.group(4)));
  }

  private static long number(@Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  @Override
  public String allowed() {
    return "a duration from " + range() + ", with a unit (ms, s, m, h), such as " + print(min);
  }

  @Override
  public String range() {
    return print(min) + " to " + print(max);
  }

  private static String print(Duration duration) {
    return duration.isZero()
        ? "0s"
        : duration.toMillis() % 1000 != 0
            ? duration.toMillis() + "ms"
            : duration.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
  }
}
