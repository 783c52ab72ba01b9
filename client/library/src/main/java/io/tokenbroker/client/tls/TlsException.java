package io.tokenbroker.client.tls;

/** A certificate or key can't be used; the message is one line that says which and why. */
public final class TlsException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line, without anything secret
   */
  public TlsException(String message) {
    super(message);
  }
}
