package io.tokenbroker.server.model;

import java.util.Map;

/** The account has no open stream of turns of this id, here. */
public final class StreamDoesNotExistException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final String stream;

  public StreamDoesNotExistException(AccountId account, String stream) {
    super("Account %s has no open stream %s on this broker.".formatted(account, stream), null);
    this.account = account.value();
    this.stream = stream;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "stream_id", stream);
  }
}
