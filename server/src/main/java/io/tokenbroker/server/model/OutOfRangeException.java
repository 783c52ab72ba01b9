package io.tokenbroker.server.model;

/** A component of a value is not what it may be. The value itself says so, and nobody else. */
public final class OutOfRangeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String component;
  private final String wrong;

  /**
   * @param component as the contract names it, such as {@code max_leases}
   * @param wrong what is wrong with it, to be read behind its name
   */
  public OutOfRangeException(String component, String wrong) {
    super(component + " " + wrong);
    this.component = component;
    this.wrong = wrong;
  }

  public String component() {
    return component;
  }

  public String wrong() {
    return wrong;
  }

  /** Both bounds are allowed. */
  static void check(String component, long value, long min, long max) {
    if (value < min || value > max) {
      throw new OutOfRangeException(
          component, "must be %d to %d, is %d".formatted(min, max, value));
    }
  }
}
