package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Map;

/** As many calls wait for a token of the account as may. */
public final class TooManyWaitersException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final int maxWaiters;

  public TooManyWaitersException(AccountId account, int maxWaiters) {
    super("%d calls wait for a token of account %s already.".formatted(maxWaiters, account), null);
    this.account = account.value();
    this.maxWaiters = maxWaiters;
  }

  /** When there may be room again: nobody knows, but at once is too early. */
  public Duration retryAfter() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "max_waiters", Integer.toString(maxWaiters));
  }
}
