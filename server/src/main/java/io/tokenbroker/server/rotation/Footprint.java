package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenLimits;

/** What an account takes of the heap, in bytes: rather more than it does. */
final class Footprint {
  private static final int ACCOUNT = 320;
  private static final int LINE = 430;
  private static final int TOKEN = 300;
  private static final int LIMITS = 300;
  private static final int WINDOW = 350;
  private static final int CHAR = 2;
  private static final int IN_SET = 48;

  /** The place in a ring of a token that is there no more. */
  static final int EMPTY = 150;

  /** A cooldown of one scope, with its place on the bench. */
  static final int COOLDOWN = 350;

  /** Where a scope stood that was not asked for since the account was loaded. */
  private static final int SAVED_SCOPE = 250;

  /** What was used of one limit, as the store has it. */
  static final int STORED_USAGE = 900;

  /** What lasts of a token that is not as good as new, and of its benches. */
  static final int STANDING = 300;

  /** Who waits, and what is not saved: there once there was any. */
  static final int EXTRA = 200;

  private Footprint() {}

  /** Of what never changes of a rotation, besides its tokens. */
  static long of(AccountId account) {
    return ACCOUNT + (long) CHAR * account.value().length();
  }

  static long of(Slot[] slots, TokenLimits limits) {
    long bytes = 0;
    for (Slot slot : slots) {
      bytes += of(slot.token, limits);
    }
    return bytes;
  }

  /**
   * @param limits of those tokens that have none of their own
   */
  static long of(Token token, TokenLimits limits) {
    TokenLimits own = token.settings().limits();
    return TOKEN
        + token.secret().bytes()
        + (long) CHAR * token.settings().label().length()
        + of(own == null ? limits : own);
  }

  /** Of a set of so many of them. */
  static long ofSecrets(int count) {
    return (long) IN_SET * count;
  }

  private static long of(TokenLimits limits) {
    return limits.equals(TokenLimits.NONE)
        ? 0
        : LIMITS + (long) WINDOW * (limits.rates().size() + limits.quotas().size());
  }

  /** Of the orders of turns and of leases, of all scopes. */
  static long of(ScopeLanes lanes, int tokens) {
    return lanes.lines() * (LINE + tokens / 8L) + (long) SAVED_SCOPE * lanes.saved();
  }
}
