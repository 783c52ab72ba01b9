package io.tokenbroker.server.model;

import java.time.Instant;
import java.util.List;

/**
 * What has been used of one limit of a token, in a form that can be stored and taken up again. Only
 * limits that matter after a restart have one: windows of a minute and more, quotas, and budgets
 * that the upstream told; and, once a broker stops, and in a fleet always, shorter windows and the
 * turns in use.
 *
 * @param limit names the limit within its token, the same for the same limit for ever: {@code
 *     rate:PT1H}, {@code quota:DAY:Europe/Berlin:00:00:1}, {@code budget}, {@code in_use}, {@code
 *     all_in_use}; up to 255 characters
 * @param charges the oldest first, and about {@link #MAX_CHARGES} at most but for turns in use. Of
 *     a rate: when turns were handed out, several of them taken together at the time of the newest.
 *     Of a quota: one, with the reset that ended the period before. Of a budget: each reset to
 *     come, and how many turns <em>remain</em> until then. Of turns in use: when each is no longer
 *     taken for it, and its number; below 0 how many end by then whose numbers aren't kept
 */
public record Usage(String limit, List<Charge> charges) {
  public static final int MAX_CHARGES = 16;

  public static final String RATE = "rate:";
  public static final String QUOTA = "quota:";
  public static final String BUDGET = "budget";

  /** Of a broker that stops, and may not be the only one. */
  public static final String IN_USE = "in_use";

  /** Of the one owner of the account: takes the place of what was saved of them before. */
  public static final String ALL_IN_USE = "all_in_use";

  public Usage {
    charges = List.copyOf(charges);
  }

  public boolean isOfTurnsInUse() {
    return isOfTurnsInUse(limit);
  }

  static boolean isOfTurnsInUse(String limit) {
    return limit.equals(IN_USE) || limit.equals(ALL_IN_USE);
  }

  public record Charge(Instant time, long count) {}
}
