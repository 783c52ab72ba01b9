package io.tokenbroker.server;

import io.tokenbroker.server.Finding.Level;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What has been found, in the order in which it was looked at. */
final class Findings {
  private static final String LINE = "%-4s  %-13s  %s%n";

  private final List<Finding> all = new ArrayList<>();

  void ok(String subject, String text) {
    all.add(new Finding(Level.OK, subject, text, ""));
  }

  void warn(String subject, String text, String remedy) {
    all.add(new Finding(Level.WARN, subject, text, remedy));
  }

  /**
   * @param text with its remedy
   */
  void fail(String subject, String text) {
    fail(subject, text, "");
  }

  void fail(String subject, String text, String remedy) {
    all.add(new Finding(Level.FAIL, subject, text, remedy));
  }

  long count(Level level) {
    return all.stream().filter(one -> one.level() == level).count();
  }

  boolean has(Level level, String subject) {
    return all.stream().anyMatch(one -> one.level() == level && one.subject().equals(subject));
  }

  void print(PrintWriter out) {
    for (Finding one : all) {
      out.printf(LINE, one.level().name().toLowerCase(Locale.ROOT), one.subject(), one.text());
      if (!one.remedy().isEmpty()) {
        out.printf(LINE, "", "", one.remedy());
      }
    }
    out.printf(
        "%d looked at, %d to be mended, %d to be thought of%n",
        all.size(), count(Level.FAIL), count(Level.WARN));
  }
}
