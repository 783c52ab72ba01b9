package io.tokenbroker.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets a bounded number of lines of one kind through in a minute, and counts the others, so that no
 * caller can fill a disk. A kind is what one place in the code says: logger, level, the beginning
 * of the message, and the class of the exception. Thread-safe.
 */
final class LogLimit {
  /** Of lines without an exception. */
  static final int MAX_LINES = 100;

  /** Of the broker's own lines with an exception, which has some KiB. */
  static final int MAX_TRACES = 10;

  /** Of those of libraries, which say them for each call that fails. */
  static final int MAX_FOREIGN_TRACES = 1;

  /** Beyond, all others are one kind. */
  static final int MAX_KINDS = 256;

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final String OWN = "io.tokenbroker.";
  private static final int KIND_LENGTH = 48;

  private record Kind(String logger, String level, String message, String exception) {}

  /** What was left out in a minute. */
  record Omitted(String logger, String message, long lines) {}

  private static final Kind OTHERS = new Kind(LogLimit.class.getName(), "", "other lines", "");

  private final LongSupplier ticker;

  @GuardedBy("this")
  private final Map<Kind, Long> counts = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<Kind, Long> omitted = new LinkedHashMap<>();

  @GuardedBy("this")
  private long end;

  /**
   * @param ticker monotonic, in nanoseconds
   */
  LogLimit(LongSupplier ticker) {
    this.ticker = ticker;
    this.end = ticker.getAsLong() + MINUTE_NANOS;
  }

  /** Whether an event is to be written. */
  synchronized boolean allows(ILoggingEvent event) {
    Kind kind = kind(event);
    if (!counts.containsKey(kind) && counts.size() >= MAX_KINDS) {
      kind = OTHERS;
    }
    long count = counts.merge(kind, 1L, Long::sum);
    if (count <= max(event)) {
      return true;
    }
    omitted.merge(kind, 1L, Long::sum);
    return false;
  }

  private static Kind kind(ILoggingEvent event) {
    String message = event.getMessage() == null ? "" : event.getMessage();
    return new Kind(
        event.getLoggerName(),
        event.getLevel().toString(),
        message.substring(0, Math.min(KIND_LENGTH, message.length())),
        event.getThrowableProxy() == null ? "" : event.getThrowableProxy().getClassName());
  }

  private static int max(ILoggingEvent event) {
    if (event.getThrowableProxy() == null) {
      return MAX_LINES;
    }
    return event.getLoggerName().startsWith(OWN) ? MAX_TRACES : MAX_FOREIGN_TRACES;
  }

  /** What was left out of the last minute, once it is over; begins the next one. */
  synchronized List<Omitted> lastMinute() {
    return ticker.getAsLong() - end < 0 ? List.of() : restart();
  }

  /** What has been left out since the last minute; begins anew. */
  synchronized List<Omitted> restart() {
    List<Omitted> last = new ArrayList<>();
    omitted.forEach((kind, lines) -> last.add(new Omitted(kind.logger, kind.message, lines)));
    omitted.clear();
    counts.clear();
    end = ticker.getAsLong() + MINUTE_NANOS;
    return last;
  }
}
