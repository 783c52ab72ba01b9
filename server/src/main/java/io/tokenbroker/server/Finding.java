package io.tokenbroker.server;

/**
 * One line of what {@code tokenbroker doctor} says.
 *
 * @param remedy what to do; empty where all is well, or where the text has it
 */
record Finding(Level level, String subject, String text, String remedy) {
  enum Level {
    OK,
    WARN,
    FAIL
  }
}
