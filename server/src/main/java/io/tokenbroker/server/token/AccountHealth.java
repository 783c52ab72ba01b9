package io.tokenbroker.server.token;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the outcomes that callers reported say of an account as a whole. The outcome rules make it,
 * the rotation keeps it, in memory only.
 *
 * @param pausedUntil from when on tokens are handed out again; null if the account does not pause
 * @param limited the tokens that were limited lately with no success since, as far as the rules
 *     remember them, the newest last
 */
public record AccountHealth(@Nullable Instant pausedUntil, List<Limited> limited) {
  public static final AccountHealth GOOD = new AccountHealth(null, List.of());

  public AccountHealth {
    limited = List.copyOf(limited);
  }

  /**
   * @param time when the report came
   */
  public record Limited(TokenId token, Instant time) {}
}
