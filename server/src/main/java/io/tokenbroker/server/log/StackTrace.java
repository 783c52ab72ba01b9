package io.tokenbroker.server.log;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stack trace of bounded length. Its lines hold no control characters. */
final class StackTrace {
  private static final int MAX_CAUSES = 8;
  private static final int MAX_FRAMES = 50;

  private StackTrace() {}

  static List<String> lines(IThrowableProxy exception) {
    List<String> lines = new ArrayList<>();
    @Nullable IThrowableProxy cause = exception;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      lines.add((i == 0 ? "" : "Caused by: ") + title(cause));
      frames(cause, lines);
      cause = cause.getCause();
    }
    return lines;
  }

  private static String title(IThrowableProxy exception) {
    StringBuilder title = new StringBuilder(exception.getClassName());
    if (exception.getMessage() != null) {
      Escape.plain(title.append(": "), exception.getMessage(), LogRecord.MAX_MESSAGE);
    }
    int suppressed = exception.getSuppressed().length;
    return suppressed == 0 ? title.toString() : title + " (" + suppressed + " suppressed)";
  }

  private static void frames(IThrowableProxy exception, List<String> lines) {
    StackTraceElementProxy[] frames = exception.getStackTraceElementProxyArray();
    int own = frames.length - exception.getCommonFrames();
    for (int i = 0; i < Math.min(own, MAX_FRAMES); i++) {
      lines.add("  at " + frames[i].getStackTraceElement());
    }
    if (frames.length > Math.min(own, MAX_FRAMES)) {
      lines.add("  ... " + (frames.length - Math.min(own, MAX_FRAMES)) + " more");
    }
  }
}
