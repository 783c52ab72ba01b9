package io.tokenbroker.server.model;

/**
 * Names a token within its account: 1 to 255 UTF-16 code units.
 *
 * <p>The order of the ids is the order of the rotation: whole numbers first and by size (9 before
 * 10), then all others by their characters. It depends on nothing but the ids, so that a position
 * is still a position after a refresh or a restart.
 */
public record TokenId(String value) implements Comparable<TokenId> {
  public static final int MAX_LENGTH = 255;

  public TokenId {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("must not be empty");
    }
    Text.requireShort(value, MAX_LENGTH);
  }

  @Override
  public int compareTo(TokenId other) {
    boolean number = isNumber(value);
    if (number != isNumber(other.value)) {
      return number ? -1 : 1;
    }
    if (number && value.length() != other.value.length()) {
      return Integer.compare(value.length(), other.value.length());
    }
    return value.compareTo(other.value);
  }

  /** Digits without a leading zero, so that equal numbers are equal strings. */
  private static boolean isNumber(String value) {
    if (value.length() > 1 && value.charAt(0) == '0') {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < '0' || value.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return value;
  }
}
