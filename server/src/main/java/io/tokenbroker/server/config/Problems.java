package io.tokenbroker.server.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, so that all of it is told at once. Not thread-safe. */
final class Problems {
  private final List<String> lines = new ArrayList<>();

  void add(String line) {
    lines.add(line);
  }

  void add(Given given, String whatIsWrong) {
    lines.add(given.describe() + " " + whatIsWrong);
  }

  /** A name that means nothing; what was given for it is never shown, it may be a password. */
  void unknown(String kind, String name, String origin, Suggestion known) {
    String place = origin.isEmpty() ? "" : " (" + origin + ")";
    String remedy =
        known
            .near(name)
            .map(near -> "did you mean \"" + near + "\"?")
            .orElse("see tokenbroker serve --help-config");
    lines.add("unknown " + kind + " \"" + Given.shown(name) + "\"" + place + "; " + remedy);
  }

  /**
   * @throws ConfigException if there is any
   */
  void throwIfAny() {
    if (!lines.isEmpty()) {
      throw new ConfigException(lines);
    }
  }
}
