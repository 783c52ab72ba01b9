package io.tokenbroker.server.failure;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import java.util.Map;

/** The account, or the holder, has as many leases as it may have. */
public final class LeaseLimitException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final String holder;
  private final int limit;

  public LeaseLimitException(AccountId account, Holder holder, int limit) {
    super(
        "Account %s, or holder %s in it, has %d leases already, as many as it may have."
            .formatted(account, holder, limit),
        null);
    this.account = account.value();
    this.holder = holder.value();
    this.limit = limit;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("account", account, "holder", holder, "limit", Integer.toString(limit));
  }
}
