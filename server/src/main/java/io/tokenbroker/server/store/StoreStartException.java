package io.tokenbroker.server.store;

/**
 * The store can't be used as it is configured. The message is one line for the person who starts
 * the broker: what is wrong, and the remedy. It holds no password and is all there is to print.
 */
public final class StoreStartException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreStartException(String message) {
    super(message, null, false, false);
  }
}
