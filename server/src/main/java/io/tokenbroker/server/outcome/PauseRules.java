package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountHealth.Limited;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.function.UnaryOperator;

/** When it is not the tokens that are limited, but whoever uses them: the account pauses. */
record PauseRules(OutcomeSettings settings, CooldownRules cooldownRules) {
  /** How many reports are remembered at most, of the newest. */
  private static final int MAX_REMEMBERED = 128;

  static boolean isPaused(AccountHealth account, Instant now) {
    return account.pausedUntil() != null && now.isBefore(account.pausedUntil());
  }

  static AccountHealth afterSuccess(AccountHealth account, Instant now) {
    return isPaused(account, now)
        ? new AccountHealth(account.pausedUntil(), account.pauses(), List.of())
        : AccountHealth.GOOD;
  }

  /** A limit that is told during a pause is what the pause is for. */
  AccountHealth prolonged(AccountHealth account, Report report, Instant now) {
    Instant until = cooldownRules.until(report, Math.max(1, account.pauses()), now);
    Instant before = account.pausedUntil();
    return new AccountHealth(
        before == null ? until : CooldownRules.later(before, until), account.pauses(), List.of());
  }

  /**
   * @param after the token's health if nothing but the token is limited
   */
  Verdict limited(
      Health before,
      Health after,
      AccountHealth account,
      TokenId token,
      long turn,
      Report report,
      Instant now) {
    List<Limited> recent = new ArrayList<>(account.limited());
    Instant from = now.minus(settings.pauseWindow());
    recent.removeIf(limited -> limited.time().isBefore(from));
    if (recent.size() == MAX_REMEMBERED) {
      recent.remove(0);
    }
    Scope scope = report.scope();
    Cooldown old = before.cooldowns().get(scope);
    Cooldown made = after.cooldowns().get(scope);
    boolean began = old == null || !now.isBefore(old.until()) || isOf(recent, token, scope, old);
    recent.add(new Limited(token, turn, scope, began && made != null ? made.until() : null, now));
    if (!isCommon(recent)) {
      return new Verdict(
          after, new AccountHealth(account.pausedUntil(), account.pauses(), recent), Map.of());
    }
    int pauses = account.pauses() + 1;
    Map<TokenId, UnaryOperator<Health>> others = new HashMap<>();
    recent.forEach(
        limited -> others.putIfAbsent(limited.token(), h -> putBack(h, limited.token(), recent)));
    others.remove(token);
    return new Verdict(
        putBack(after, token, recent),
        new AccountHealth(cooldownRules.until(report, pauses, now), pauses, List.of()),
        others);
  }

  private static boolean isOf(List<Limited> recent, TokenId token, Scope scope, Cooldown cooldown) {
    return recent.stream()
        .anyMatch(
            limited ->
                limited.token().equals(token)
                    && limited.scope().equals(scope)
                    && cooldown.until().equals(limited.until()));
  }

  /**
   * Whether so many tokens are limited, among all turns that were handed out meanwhile, that it is
   * not for what each of them was used for. One scope that is limited for all is not the account.
   */
  private boolean isCommon(List<Limited> recent) {
    if (recent.stream().map(Limited::token).distinct().count() < settings.pauseTokens()) {
      return false;
    }
    Scope first = recent.get(0).scope();
    if (!first.isAll() && recent.stream().allMatch(limited -> limited.scope().equals(first))) {
      return false;
    }
    LongSummaryStatistics turns =
        recent.stream().mapToLong(Limited::turn).filter(turn -> turn != 0).summaryStatistics();
    return turns.getCount() == 0 || 2 * turns.getCount() > turns.getMax() - turns.getMin();
  }

  /** Without the cooldowns that these reports made. */
  private static Health putBack(Health health, TokenId token, List<Limited> recent) {
    Map<Scope, Cooldown> cooldowns = new HashMap<>(health.cooldowns());
    cooldowns.entrySet().removeIf(entry -> isOf(recent, token, entry.getKey(), entry.getValue()));
    return new Health(health.forbidden(), cooldowns, health.quarantine());
  }
}
