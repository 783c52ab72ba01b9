package io.tokenbroker.client.cli;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h} or {@code 7d}, and several of them, the
 * large ones first: {@code 1h30m}.
 */
final class TimeoutConverter implements ITypeConverter<Duration> {
  private static final List<ChronoUnit> UNITS =
      List.of(
          ChronoUnit.DAYS,
          ChronoUnit.HOURS,
          ChronoUnit.MINUTES,
          ChronoUnit.SECONDS,
          ChronoUnit.MILLIS);
  private static final String NUMBER = "([0-9]{1,9})";
  private static final Pattern TIME =
      Pattern.compile(
          "(?:" + NUMBER + "d)?(?:" + NUMBER + "h)?(?:" + NUMBER + "m)?(?:" + NUMBER + "s)?(?:"
              + NUMBER + "ms)?");

  @Override
  public Duration convert(String text) {
    Matcher matcher = TIME.matcher(text);
    Duration time = Duration.ZERO;
    if (matcher.matches()) {
      for (int i = 0; i < UNITS.size(); i++) {
        String number = matcher.group(i + 1);
        if (number != null) {
          time = time.plus(Duration.of(Long.parseLong(number), UNITS.get(i)));
        }
      }
    }
    if (time.isZero()) {
      throw new TypeConversionException(
          "'" + text + "' is not a time above 0 such as 500ms, 10s, 2m, 1h or 7d");
    }
    return time;
  }
}
