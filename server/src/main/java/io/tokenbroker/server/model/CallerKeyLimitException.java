package io.tokenbroker.server.model;

import java.util.Map;

/** There are as many keys of callers as there may be. */
public final class CallerKeyLimitException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final int limit;

  public CallerKeyLimitException(int limit) {
    super("There are %d keys of callers already. Revoke some.".formatted(limit), null);
    this.limit = limit;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("limit", Integer.toString(limit));
  }
}
