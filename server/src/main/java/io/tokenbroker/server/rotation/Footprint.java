package io.tokenbroker.server.rotation;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.TokenLimits;
import java.util.List;

/**
 * What an account takes of the heap, in bytes: rather more than it does when it is loaded. What
 * limits come to hold with use is not in it: up to 12 KiB for each window, and 10 KiB for a token
 * whose upstream tells what is left.
 */
final class Footprint {
  private static final int ACCOUNT = 1_400;
  private static final int LINE = 350;
  private static final int TOKEN = 450;
  private static final int LIMITS = 1_200;
  private static final int WINDOW = 1_000;
  private static final int CHAR = 2;

  private Footprint() {}

  /** Of what never changes of a rotation. */
  static long of(AccountId account, List<Slot> slots) {
    long bytes = ACCOUNT + (long) CHAR * account.value().length();
    for (Slot slot : slots) {
      bytes +=
          TOKEN
              + slot.token.secret().bytes()
              + (long) CHAR * slot.token.settings().label().length()
              + of(slot.limits);
    }
    return bytes;
  }

  private static long of(TokenLimits limits) {
    return limits.equals(TokenLimits.NONE)
        ? 0
        : LIMITS + (long) WINDOW * (limits.rates().size() + limits.quotas().size());
  }

  /** Of the order of one scope's turns, or of its leases. */
  static long line(int tokens) {
    return LINE + tokens / 8L;
  }
}
