package io.tokenbroker.server.model;

/**
 * Who has a lease, as told at its acquisition: 1 to 255 UTF-16 code units, no control characters,
 * no white space at either end, case-sensitive.
 */
public record Holder(String value) {
  public static final int MAX_LENGTH = 255;

  public Holder {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("must not be empty");
    }
    Text.requireShort(value, MAX_LENGTH);
    if (!value.equals(value.strip())) {
      throw new IllegalArgumentException("must not start or end with white space");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
