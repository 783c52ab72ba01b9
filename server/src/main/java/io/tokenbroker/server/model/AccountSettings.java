package io.tokenbroker.server.model;

/**
 * What an operator may set on an account at any time.
 *
 * @param tokenLimits of each token that has none of its own
 */
public record AccountSettings(TokenLimits tokenLimits) {
  public static final AccountSettings DEFAULT = new AccountSettings(TokenLimits.NONE);

  public AccountSettings withTokenLimits(TokenLimits limits) {
    return new AccountSettings(limits);
  }
}
