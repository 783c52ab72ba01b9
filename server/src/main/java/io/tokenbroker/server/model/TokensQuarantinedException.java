package io.tokenbroker.server.model;

import java.util.Map;
import java.util.TreeMap;

/** The account has tokens, but none that will ever be ready by itself. */
public final class TokensQuarantinedException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String account;
  private final int disabled;
  private final int expired;
  private final int quarantined;
  private final int unreadable;

  public TokensQuarantinedException(
      AccountId account, int disabled, int expired, int quarantined, int unreadable) {
    super(
        "No usable token for account %s: %d disabled, %d expired%s%s. Enable or add a token."
            .formatted(
                account,
                disabled,
                expired,
                quarantined == 0 ? "" : ", " + quarantined + " refused by the upstream",
                unreadable == 0 ? "" : ", " + unreadable + " that can't be decrypted"),
        null);
    this.account = account.value();
    this.disabled = disabled;
    this.expired = expired;
    this.quarantined = quarantined;
    this.unreadable = unreadable;
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("account", account);
    metadata.put("disabled", Integer.toString(disabled));
    metadata.put("expired", Integer.toString(expired));
    if (quarantined > 0) {
      metadata.put("quarantine", Integer.toString(quarantined));
    }
    if (unreadable > 0) {
      metadata.put("unreadable", Integer.toString(unreadable));
    }
    return metadata;
  }
}
