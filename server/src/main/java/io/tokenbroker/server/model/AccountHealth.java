package io.tokenbroker.server.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the outcomes that callers reported say of an account as a whole. The outcome rules make it,
 * the rotation keeps it, in memory only.
 *
 * @param pausedUntil from when on tokens are handed out again; null if the account does not pause
 * @param pauses how many pauses there were with no success since
 * @param limited the reports of limits that came lately with no success since, as far as the rules
 *     remember them, the newest last
 */
public record AccountHealth(@Nullable Instant pausedUntil, int pauses, List<Limited> limited) {
  public static final AccountHealth GOOD = new AccountHealth(null, 0, List.of());

  public AccountHealth {
    limited = List.copyOf(limited);
  }

  /** The first pause. */
  public AccountHealth(@Nullable Instant pausedUntil, List<Limited> limited) {
    this(pausedUntil, pausedUntil == null ? 0 : 1, limited);
  }

  /**
   * @param turn of the report; 0 if it is unknown
   * @param until the end of the cooldown that the report made; null if it made none, as the token
   *     was cooling already
   * @param time when the report came
   */
  public record Limited(
      TokenId token, long turn, Scope scope, @Nullable Instant until, Instant time) {}
}
