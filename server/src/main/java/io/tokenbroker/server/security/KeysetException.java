package io.tokenbroker.server.security;

/** A keyset can't be used; the message is one line that says why, without anything secret. */
public final class KeysetException extends Exception {
  private static final long serialVersionUID = 1;

  /** What would help. */
  public enum Kind {
    /** Another keyset. */
    WRONG,
    /** Another try, as of a vault that is away. */
    AWAY,
    /** Other rights of its file. */
    CLOSED
  }

  private final Kind kind;

  public KeysetException(String message) {
    this(message, Kind.WRONG);
  }

  KeysetException(String message, Kind kind) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether another try may help. */
  public boolean mayPass() {
    return kind == Kind.AWAY;
  }
}
