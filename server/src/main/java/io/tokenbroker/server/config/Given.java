package io.tokenbroker.server.config;

import io.tokenbroker.server.log.Escape;

/**
 * A value as somebody gave it, not looked at yet.
 *
 * @param origin where: {@code tokenbroker.yaml:3}, an environment variable or a flag
 */
record Given(Key<?> key, String text, String origin) {
  private static final int MAX_SHOWN = 120;

  /** How to begin a message about this value: {@code key = "value" (origin)}. */
  String describe() {
    String value = key.confidential() ? "" : " = \"" + shown(text) + "\"";
    return key.name() + value + " (" + origin + ")";
  }

  /** On one line and not endless, whatever it is. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    Escape.plain(shown, text, MAX_SHOWN);
    return shown.toString();
  }
}
