package io.tokenbroker.server.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the outcomes that callers reported have made of a token. The outcome rules make it, the
 * rotation benches by it, the store keeps it.
 *
 * @param forbidden how many times in a row the upstream answered FORBIDDEN
 * @param cooldowns by scope; the one of {@link Scope#ALL} holds for every scope. Ended ones stay
 *     for their strikes
 * @param quarantine null if the token is not in quarantine
 */
public record Health(
    int forbidden, Map<Scope, Cooldown> cooldowns, @Nullable Quarantine quarantine) {
  public static final Health GOOD = new Health(0, Map.of(), null);

  public Health {
    cooldowns = Map.copyOf(cooldowns);
  }

  public Health withQuarantine(@Nullable Quarantine other) {
    return new Health(forbidden, cooldowns, other);
  }

  /**
   * @param strikes how many times in a row the upstream has limited the token, from 1
   * @param until from when on the token may be handed out again
   * @param fixed whether {@code until} is a time of day that the upstream named, which follows the
   *     wall clock; else it is the end of a delay, which lasts as long however the clock is set
   */
  public record Cooldown(int strikes, Instant until, boolean fixed) {
    /** The end of a delay. */
    public Cooldown(int strikes, Instant until) {
      this(strikes, until, false);
    }
  }

  /**
   * @param since when the upstream refused the token
   * @param probeDelay how long after an unanswered or failed probe the next one may be
   * @param probeTime from when on one caller gets the token on probation
   * @param probeTurn the number of the turn that was the newest probe; 0 if there was none
   */
  public record Quarantine(Instant since, Duration probeDelay, Instant probeTime, long probeTurn) {
    /**
     * After a probe was handed out: the next one may be when the delay is over, which doubles.
     *
     * @param longest how long the delay may become
     */
    public Quarantine probed(Instant now, long turn, Duration longest) {
      Duration twice = probeDelay.multipliedBy(2);
      return new Quarantine(
          since, twice.compareTo(longest) > 0 ? longest : twice, now.plus(probeDelay), turn);
    }

    /**
     * As if the probe had not been handed out: it is due.
     *
     * @param then when it was
     */
    public Quarantine unprobed(Instant then) {
      return new Quarantine(since, Duration.between(then, probeTime), then, 0);
    }
  }
}
