package io.tokenbroker.server.model;

/**
 * What a token is used for, say a model or an endpoint: up to 255 UTF-16 code units, no control
 * characters, no white space at either end, case-sensitive. The empty one, {@link #ALL}, is the
 * scope of requests that name none; a bench for it holds for every scope.
 */
public record Scope(String value) {
  public static final int MAX_LENGTH = 255;
  public static final Scope ALL = new Scope("");

  public Scope {
    Text.requireShort(value, MAX_LENGTH);
    if (!value.equals(value.strip())) {
      throw new IllegalArgumentException("must not start or end with white space");
    }
  }

  public boolean isAll() {
    return value.isEmpty();
  }

  @Override
  public String toString() {
    return value;
  }
}
