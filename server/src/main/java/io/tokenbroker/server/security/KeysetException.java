package io.tokenbroker.server.security;

/** A keyset can't be used; the message is one line that says why, without anything secret. */
public final class KeysetException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  public KeysetException(String message) {
    this(message, false);
  }

  KeysetException(String message, boolean mayPass) {
    super(message);
    this.mayPass = mayPass;
  }

  /** Whether another try may help, as of a vault that is away. */
  public boolean mayPass() {
    return mayPass;
  }
}
