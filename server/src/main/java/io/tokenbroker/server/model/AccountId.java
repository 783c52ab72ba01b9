package io.tokenbroker.server.model;

/**
 * The name of an account: 1 to 255 UTF-16 code units, no control characters, no white space at
 * either end (a database that pads strings would take "a " for "a"), case-sensitive.
 */
public record AccountId(String value) {
  public static final int MAX_LENGTH = 255;

  public AccountId {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("must not be empty");
    }
    Text.requireShort(value, MAX_LENGTH);
    if (Character.isWhitespace(value.charAt(0))
        || Character.isWhitespace(value.charAt(value.length() - 1))) {
      throw new IllegalArgumentException("must not start or end with white space");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
