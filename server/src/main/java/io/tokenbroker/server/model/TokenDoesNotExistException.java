package io.tokenbroker.server.model;

import java.util.Map;

/** The account has no token of this id. */
public final class TokenDoesNotExistException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final String token;

  public TokenDoesNotExistException(AccountId account, TokenId token) {
    super("Account " + account + " has no token " + token + ".", null);
    this.account = account.value();
    this.token = token.value();
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "token_id", token);
  }
}
