package io.tokenbroker.server.config;

/** A password, which may be empty. It never prints itself. */
public final class Password {
  public static final Password NONE = new Password("");

  private final String value;

  public Password(String value) {
    this.value = value;
  }

  /** The only way to the value; who calls this must not log or throw it. */
  public String reveal() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Password password && password.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "[redacted]";
  }
}
