package io.tokenbroker.server.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loaded account at one moment, without secrets.
 *
 * @param turn the number of the newest turn, 0 before the first
 * @param readyCount how many tokens are neither benched nor in quarantine, scopes aside
 * @param tokens the first ones in the order of their ids; {@code tokenCount} tells if there are
 *     more
 * @param waiterCount how many calls wait for a token
 */
public record AccountState(
    AccountId account,
    long turn,
    int tokenCount,
    int readyCount,
    List<TokenStatus> tokens,
    int waiterCount) {
  public AccountState {
    tokens = List.copyOf(tokens);
  }

  /**
   * @param benched why the token is not handed out; null if it is
   * @param readyTime when it comes back by itself, or can be probed; null if it does not, or is not
   *     benched
   * @param scopes for which it is benched on top of that
   * @param served how many turns it had here since the account was loaded
   * @param strikes how many times in a row the upstream has limited it, in its worst scope
   * @param probeDue whether it is in quarantine, and the next caller gets it on probation
   */
  public record TokenStatus(
      TokenInfo token,
      @Nullable BenchReason benched,
      @Nullable Instant readyTime,
      List<ScopeBench> scopes,
      long served,
      int strikes,
      boolean probeDue) {
    public TokenStatus {
      scopes = List.copyOf(scopes);
    }
  }

  /** A cooldown of one scope. */
  public record ScopeBench(Scope scope, Instant readyTime) {}
}
