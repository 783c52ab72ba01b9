package io.tokenbroker.server.model;

/**
 * Who has a lease, as told at its acquisition: 1 to 255 UTF-16 code units, no control characters,
 * no white space at either end, case-sensitive.
 *
 * @param caller who told so; empty where nobody is asked who calls. Rows do not have it: the id of
 *     a lease tells whose it is
 */
public record Holder(String value, String caller) {
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

  public Holder(String value) {
    this(value, "");
  }

  public Holder toldBy(String caller) {
    return new Holder(value, caller);
  }

  /** As in rows. */
  public Holder asStored() {
    return caller.isEmpty() ? this : new Holder(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
