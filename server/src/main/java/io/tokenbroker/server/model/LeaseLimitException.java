package io.tokenbroker.server.model;

import java.util.Map;

/** The account, or the holder, has as many leases as it may have. */
public final class LeaseLimitException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final String holder;
  private final int limit;
  private final boolean ofHolder;

  /**
   * @param ofHolder whether the limit is that of one holder, or of the account
   */
  public LeaseLimitException(AccountId account, Holder holder, int limit, boolean ofHolder) {
    super(message(account, holder, limit, ofHolder), null);
    this.account = account.value();
    this.holder = holder.value();
    this.limit = limit;
    this.ofHolder = ofHolder;
  }

  private static String message(AccountId account, Holder holder, int limit, boolean ofHolder) {
    String leases = limit == 1 ? "1 lease" : limit + " leases";
    return ofHolder
        ? "Holder %s has %s of account %s already, as many as one holder may have."
            .formatted(holder, leases, account)
        : "Account %s has %s already, as many as it may have.".formatted(account, leases);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of(
        "account",
        account,
        "holder",
        holder,
        "limit",
        Integer.toString(limit),
        "limit_of",
        ofHolder ? "holder" : "account");
  }
}
