package io.tokenbroker.server.model;

import java.util.Map;

/** The account has an open stream of turns of this id. */
public final class StreamAlreadyExistsException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final String stream;

  public StreamAlreadyExistsException(AccountId account, String stream) {
    super("Account %s has an open stream %s already.".formatted(account, stream), null);
    this.account = account.value();
    this.stream = stream;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "stream_id", stream);
  }
}
