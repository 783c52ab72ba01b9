package io.tokenbroker.server.model;

import java.util.Map;

/** No key of a caller has this id, or this name. */
public final class CallerKeyDoesNotExistException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String key;

  /**
   * @param key its id, or whose it would be
   */
  public CallerKeyDoesNotExistException(String key) {
    super("There is no caller's key " + key + ".", null);
    this.key = key;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("key", key);
  }
}
