package io.tokenbroker.server.sql;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;

/**
 * Times in a SQLite file: the text that MySQL prints for a DATETIME(6), in UTC, such as 2030-01-31
 * 23:59:59.123456. SQLite has no type for them. This one has a fixed width, so that texts compare
 * as times do; SQLite's own functions read it, and so do people.
 */
final class SqliteTime {
  /** When the statement began, by the clock of this machine, to the millisecond. */
  static final String CLOCK = "strftime('%Y-%m-%d %H:%M:%f000', 'now')";

  private static final DateTimeFormatter WRITTEN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

  /** A person may leave out the end, or write a T. */
  private static final DateTimeFormatter READ =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendPattern("[ ]['T']HH:mm[:ss]")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .optionalEnd()
          .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
          .toFormatter();

  private SqliteTime() {}

  /** To the microsecond, the rest cut off. */
  static String write(Instant time) {
    return WRITTEN.format(
        LocalDateTime.ofInstant(time.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC));
  }

  /** Throws IllegalArgumentException if it is no time. */
  static Instant read(String text) {
    try {
      return LocalDateTime.parse(text.strip(), READ).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("no date and time", e);
    }
  }
}
