package io.tokenbroker.server.security;

/** A keyset can't be used; the message is one line that says why, without anything secret. */
public final class KeysetException extends Exception {
  private static final long serialVersionUID = 1;

  public KeysetException(String message) {
    super(message);
  }
}
