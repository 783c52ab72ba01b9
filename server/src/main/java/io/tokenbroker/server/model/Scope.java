package io.tokenbroker.server.model;

/**
 * What a token is used for, say a model or an endpoint: up to 255 UTF-16 code units, no control
 * characters, no white space at either end, case-sensitive. The empty one, {@link #ALL}, is the
 * scope of requests that name none; a bench for it holds for every scope.
 *
 * @param labels which tokens requests may have; {@link Labels#ALL} but for requests of callers that
 *     a policy confines, which have turns of their own
 */
public record Scope(String value, Labels labels) {
  public static final int MAX_LENGTH = 255;
  public static final Scope ALL = new Scope("");

  public Scope {
    Text.requireShort(value, MAX_LENGTH);
    if (!value.equals(value.strip())) {
      throw new IllegalArgumentException("must not start or end with white space");
    }
  }

  public Scope(String value) {
    this(value, Labels.ALL);
  }

  /** Whether it has no name. */
  public boolean isAll() {
    return value.isEmpty();
  }

  public boolean isConfined() {
    return labels != Labels.ALL;
  }

  /** The same of some tokens only. */
  public Scope confinedTo(Labels some) {
    return some == labels ? this : new Scope(value, some);
  }

  /** The same for all tokens: what a cooldown is for. */
  public Scope ofAllTokens() {
    return confinedTo(Labels.ALL);
  }

  /** The same in each process, and so is what goes by it: the order of what is stored. */
  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }
}
