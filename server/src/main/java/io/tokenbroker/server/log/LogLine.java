package io.tokenbroker.server.log;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How an event looks as a line, with its end. Stateless. */
interface LogLine {
  /** UTC, always with milliseconds. */
  DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  void append(StringBuilder out, LogRecord event);
}
