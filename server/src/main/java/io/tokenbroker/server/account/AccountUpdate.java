package io.tokenbroker.server.account;

import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenLimits;
import org.jspecify.annotations.Nullable;

/** What is to be set on an account; null stays as it is. */
public record AccountUpdate(@Nullable TokenLimits tokenLimits, @Nullable LeasePolicy leases) {
  public static final AccountUpdate NONE = new AccountUpdate(null, null);

  public AccountUpdate withTokenLimits(TokenLimits limits) {
    return new AccountUpdate(limits, leases);
  }

  public AccountUpdate withLeases(LeasePolicy policy) {
    return new AccountUpdate(tokenLimits, policy);
  }
}
