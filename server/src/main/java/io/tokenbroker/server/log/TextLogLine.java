package io.tokenbroker.server.log;

/**
 * For people: {@code 2026-01-02T03:04:05.678Z INFO message key=value}. A stack trace follows in
 * indented lines.
 */
final class TextLogLine implements LogLine {
  private static final int LEVEL_WIDTH = 5;

  @Override
  public void append(StringBuilder out, LogRecord event) {
    TIME.formatTo(event.time(), out);
    out.append(' ').append(event.level());
    out.append(" ".repeat(Math.max(0, LEVEL_WIDTH - event.level().length()) + 1));
    Escape.plain(out, event.message(), LogRecord.MAX_MESSAGE);
    event
        .fields()
        .forEach(
            (key, value) -> {
              Escape.plain(out.append(' '), key, LogRecord.MAX_VALUE);
              value(out.append('='), value.toString());
            });
    out.append('\n');
    event
        .exception()
        .ifPresent(lines -> lines.forEach(line -> out.append("  ").append(line).append('\n')));
  }

  private static void value(StringBuilder out, String value) {
    if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c == '"' || c == '=')) {
      Escape.quoted(out.append('"'), value, LogRecord.MAX_VALUE);
      out.append('"');
    } else {
      Escape.plain(out, value, LogRecord.MAX_VALUE);
    }
  }
}
