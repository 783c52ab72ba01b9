package io.tokenbroker.server.model;

import java.util.Map;

/** The account has as many scopes in use as it may have. */
public final class TooManyScopesException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final int maxScopes;

  public TooManyScopesException(AccountId account, int maxScopes) {
    super("Account %s has %d scopes in use already.".formatted(account, maxScopes), null);
    this.account = account.value();
    this.maxScopes = maxScopes;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "max_scopes", Integer.toString(maxScopes));
  }
}
