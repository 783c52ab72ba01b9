package io.tokenbroker.server.model;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Every token of the account is benched now, and at least one will be back by itself. */
public final class TokensCoolingException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final Duration retryAfter;
  private final HashMap<String, String> metadata = new HashMap<>();

  /**
   * @param readyTime when the first token is back, by the wall clock
   * @param retryAfter the same from now on
   * @param benched how many tokens are benched, by reason in lower case; none of them 0
   */
  public TokensCoolingException(
      AccountId account,
      Scope scope,
      Instant readyTime,
      Duration retryAfter,
      Map<String, Integer> benched) {
    super(
        "No token of account %s is ready%s; the first is back in %s."
            .formatted(account, scope.isAll() ? "" : " for " + scope, WaitText.of(retryAfter)),
        null);
    this.retryAfter = retryAfter;
    benched.forEach((reason, count) -> metadata.put(reason, count.toString()));
    metadata.put("account", account.value());
    metadata.put("ready_time", readyTime.toString());
    if (!scope.isAll()) {
      metadata.put("scope", scope.value());
    }
  }

  public Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }
}
