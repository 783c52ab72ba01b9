package io.tokenbroker.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.KeyValuePair;

/**
 * An event as it is to be written.
 *
 * @param fields the key-value pairs, in their order; the last wins if a key comes twice
 * @param exception its stack trace, a line each
 */
record LogRecord(
    Instant time,
    String level,
    String logger,
    String message,
    Map<String, Object> fields,
    Optional<List<String>> exception) {
  /** Of UTF-16 code units, before they are escaped; more is cut off. */
  static final int MAX_MESSAGE = 4096;

  static final int MAX_VALUE = 1024;
  private static final int MAX_FIELDS = 32;

  static LogRecord of(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    Map<String, Object> fields = new LinkedHashMap<>();
    if (pairs != null) {
      pairs.stream()
          .limit(MAX_FIELDS)
          .forEach(pair -> fields.put(pair.key, pair.value == null ? "null" : pair.value));
    }
    String message = event.getFormattedMessage();
    return new LogRecord(
        Instant.ofEpochMilli(event.getTimeStamp()),
        event.getLevel().toString(),
        event.getLoggerName(),
        message == null ? "null" : message,
        fields,
        Optional.ofNullable(event.getThrowableProxy()).map(StackTrace::lines));
  }

  static LogRecord dropped(Instant time, long events) {
    return new LogRecord(
        time,
        "WARN",
        Logging.class.getName(),
        "log lines were dropped, because standard error is read too slowly",
        Map.of("dropped", events),
        Optional.empty());
  }
}
