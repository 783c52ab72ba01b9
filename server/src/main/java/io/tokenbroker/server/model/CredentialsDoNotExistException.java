package io.tokenbroker.server.model;

import java.util.Map;

/** The account is unknown, or it has no tokens. */
public final class CredentialsDoNotExistException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;

  public CredentialsDoNotExistException(AccountId account) {
    super("No credentials for account " + account + ".", null);
    this.account = account.value();
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account);
  }
}
