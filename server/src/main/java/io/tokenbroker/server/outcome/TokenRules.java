package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a report does to its token: the rows of docs/outcomes.md, but for the account's pause.
 *
 * @param maxScopes how many scopes are remembered of a token that it does not cool for any more
 */
record TokenRules(OutcomeSettings settings, int maxScopes, CooldownRules cooldownRules) {
  /** How long after the end of a cooldown its strikes are forgotten. */
  private static final Duration STRIKES_KEPT = Duration.ofHours(24);

  /**
   * @param turn of the report; 0 if it is unknown
   */
  Health after(Health health, long turn, Report report, Instant now) {
    return switch (report.outcome()) {
      case OK -> ok(health, turn, report.scope(), now);
      case RATE_LIMITED -> cooled(health, turn, report.scope(), report, now);
      case QUOTA_EXHAUSTED -> cooled(health, turn, Scope.ALL, report, now);
      case UNAUTHORIZED -> refused(health, turn, now);
      case FORBIDDEN -> forbidden(health, turn, now);
      case UPSTREAM_ERROR, CALLER_ERROR -> health;
    };
  }

  private Health ok(Health health, long turn, Scope scope, Instant now) {
    if (health.quarantine() != null && !isProbe(health.quarantine(), turn)) {
      return health;
    }
    Map<Scope, Cooldown> cooldowns = remembered(health, now);
    // one that still lasts began after this turn was handed out
    cooldowns
        .entrySet()
        .removeIf(
            entry ->
                (entry.getKey().equals(scope) || entry.getKey().isAll())
                    && !now.isBefore(entry.getValue().until()));
    forget(cooldowns, now);
    return new Health(0, cooldowns, null);
  }

  private Health cooled(Health health, long turn, Scope scope, Report report, Instant now) {
    Map<Scope, Cooldown> cooldowns = remembered(health, now);
    Cooldown cooldown = cooldownRules.next(cooldowns.get(scope), report, now);
    cooldowns.put(scope, cooldown);
    forget(cooldowns, now);
    Quarantine quarantine = health.quarantine();
    if (quarantine != null && isProbe(quarantine, turn)) {
      quarantine = failed(quarantine, cooldown.until());
    }
    return new Health(health.forbidden(), cooldowns, quarantine);
  }

  private static Map<Scope, Cooldown> remembered(Health health, Instant now) {
    Map<Scope, Cooldown> cooldowns = new HashMap<>(health.cooldowns());
    Instant forgotten = now.minus(STRIKES_KEPT);
    cooldowns.values().removeIf(cooldown -> cooldown.until().isBefore(forgotten));
    return cooldowns;
  }

  /**
   * Of the scopes whose cooldown has ended, all but those that ended last: callers may make up as
   * many as they like. Those that last are bounded by the rotation; the one of all scopes stays.
   */
  private void forget(Map<Scope, Cooldown> cooldowns, Instant now) {
    if (cooldowns.size() <= maxScopes) {
      return;
    }
    List<Map.Entry<Scope, Cooldown>> ended = new ArrayList<>(cooldowns.size());
    for (Map.Entry<Scope, Cooldown> entry : cooldowns.entrySet()) {
      if (!entry.getKey().isAll() && !now.isBefore(entry.getValue().until())) {
        ended.add(entry);
      }
    }
    int surplus = ended.size() - maxScopes;
    if (surplus > 0) {
      ended.sort(Comparator.comparing(entry -> entry.getValue().until()));
      ended.subList(0, surplus).forEach(entry -> cooldowns.remove(entry.getKey()));
    }
  }

  private Health forbidden(Health health, long turn, Instant now) {
    if (health.quarantine() != null) {
      return refused(health, turn, now);
    }
    int forbidden = health.forbidden() + 1;
    Health counted = new Health(forbidden, health.cooldowns(), null);
    return forbidden < settings.forbiddenLimit() ? counted : refused(counted, turn, now);
  }

  private Health refused(Health health, long turn, Instant now) {
    Quarantine quarantine = health.quarantine();
    if (quarantine == null) {
      Duration delay = settings.probeDelay();
      quarantine = new Quarantine(now, delay, now.plus(delay), 0);
    } else if (isProbe(quarantine, turn)) {
      quarantine = failed(quarantine, now.plus(quarantine.probeDelay()));
    }
    return new Health(health.forbidden(), health.cooldowns(), quarantine);
  }

  /** The rotation has doubled the delay already, when it handed out the probe. */
  private static Quarantine failed(Quarantine quarantine, Instant probeTime) {
    return new Quarantine(
        quarantine.since(),
        quarantine.probeDelay(),
        CooldownRules.later(quarantine.probeTime(), probeTime),
        0);
  }

  private static boolean isProbe(@Nullable Quarantine quarantine, long turn) {
    return quarantine != null && turn != 0 && quarantine.probeTurn() == turn;
  }
}
