package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Map;

/** Every token of the account that could be handed out is leased. */
public final class TokensLeasedException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final int leased;
  private final Duration retryAfter;

  /**
   * @param retryAfter when the first lease ends unless it is renewed, from now on; a guess if
   *     nobody knows
   */
  public TokensLeasedException(AccountId account, int leased, Duration retryAfter) {
    super("All usable tokens of account %s are leased: %d.".formatted(account, leased), null);
    this.account = account.value();
    this.leased = leased;
    this.retryAfter = retryAfter;
  }

  public Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "leased", Integer.toString(leased));
  }
}
