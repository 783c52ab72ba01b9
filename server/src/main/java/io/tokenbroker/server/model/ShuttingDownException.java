package io.tokenbroker.server.model;

import java.util.Map;

/** The broker is about to stop; another one, or the next one, will serve. */
public final class ShuttingDownException extends BrokerException {
  private static final long serialVersionUID = 1;

  public ShuttingDownException() {
    super("The broker is shutting down. Try again.", null);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }
}
