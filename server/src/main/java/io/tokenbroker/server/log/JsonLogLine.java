package io.tokenbroker.server.log;

import java.util.Set;

/**
 * For programs: one JSON object with timestamp, level, logger, message, a field for each key-value
 * pair and, if there is one, exception. A pair with one of these names gets a {@code _} behind it.
 */
final class JsonLogLine implements LogLine {
  private static final Set<String> OWN =
      Set.of("timestamp", "level", "logger", "message", "exception");

  @Override
  public void append(StringBuilder out, LogRecord event) {
    TIME.formatTo(event.time(), out.append("{\"timestamp\":\""));
    out.append("\",\"level\":\"").append(event.level()).append('"');
    field(out, "logger", event.logger(), LogRecord.MAX_VALUE);
    field(out, "message", event.message(), LogRecord.MAX_MESSAGE);
    event
        .fields()
        .forEach(
            (key, value) ->
                field(out, OWN.contains(key) ? key + "_" : key, value, LogRecord.MAX_VALUE));
    event
        .exception()
        .ifPresent(lines -> field(out, "exception", String.join("\n", lines), Integer.MAX_VALUE));
    out.append("}\n");
  }

  private static void field(StringBuilder out, String key, Object value, int maxLength) {
    Escape.quoted(out.append(",\""), key, LogRecord.MAX_VALUE);
    out.append("\":");
    if (value instanceof Long || value instanceof Integer || value instanceof Boolean) {
      out.append(value);
    } else {
      Escape.quoted(out.append('"'), value.toString(), maxLength);
      out.append('"');
    }
  }
}
