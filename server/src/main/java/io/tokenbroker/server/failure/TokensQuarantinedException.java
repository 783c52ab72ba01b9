package io.tokenbroker.server.failure;

import io.tokenbroker.server.token.AccountId;
import java.util.Map;

/** The account has tokens, but none that will ever be ready by itself. */
public final class TokensQuarantinedException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final int disabled;
  private final int expired;

  public TokensQuarantinedException(AccountId account, int disabled, int expired) {
    super(
        "No usable token for account %s: %d disabled, %d expired. Enable or add a token."
            .formatted(account, disabled, expired),
        null);
    this.account = account.value();
    this.disabled = disabled;
    this.expired = expired;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of(
        "account", account,
        "disabled", Integer.toString(disabled),
        "expired", Integer.toString(expired));
  }
}
