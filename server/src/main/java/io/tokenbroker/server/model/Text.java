package io.tokenbroker.server.model;

/** What every short text that people see must satisfy: account names, token ids, labels. */
final class Text {
  private Text() {}

  static void requireShort(String value, int maxLength) {
    if (value.length() > maxLength) {
      throw new IllegalArgumentException(
          "must have at most " + maxLength + " characters, has " + value.length());
    }
    for (int i = 0; i < value.length(); i++) {
      if (Character.isISOControl(value.charAt(i))) {
        throw new IllegalArgumentException("must not contain control characters");
      }
    }
  }
}
