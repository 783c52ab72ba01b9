package io.tokenbroker.server.config;

/**
 * Any text that is not blank.
 *
 * @param maxLength in UTF-16 code units
 * @param lines whether it may have several lines; other control characters are never allowed
 */
record TextType(int maxLength, boolean lines) implements ValueType<String> {
  @Override
  public String parse(String text) {
    if (text.isBlank()
        || text.length() > maxLength
        || text.chars().anyMatch(c -> Character.isISOControl(c) && !(lines && isLayout(c)))) {
      throw new IllegalArgumentException();
    }
    return text;
  }

  private static boolean isLayout(int c) {
    return c == '\n' || c == '\r' || c == '\t';
  }

  @Override
  public String allowed() {
    return "text of 1 to " + maxLength + " characters, not blank, without control characters";
  }

  @Override
  public String range() {
    return "text";
  }
}
