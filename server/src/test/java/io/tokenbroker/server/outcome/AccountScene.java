package io.tokenbroker.server.outcome;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An account whose tokens are numbers, and what reports have made of them. */
final class AccountScene {
  private final Judged judged;
  private final Map<Integer, Health> tokens = new TreeMap<>();
  private AccountHealth account = AccountHealth.GOOD;

  AccountScene(Judged judged) {
    this.judged = judged;
  }

  /** After 5 reports that told this delay. */
  static AccountScene paused(Judged judged, String delay) {
    AccountScene scene = new AccountScene(judged);
    for (int i = 1; i <= 5; i++) {
      scene.report(i, i, judged.retryAfter(Outcome.RATE_LIMITED, Scope.ALL, delay));
    }
    return scene;
  }

  void report(int token, long turn, Report report) {
    Verdict verdict =
        judged.rules.judge(
            tokens.getOrDefault(token, Health.GOOD),
            account,
            new TokenId(Integer.toString(token)),
            turn,
            report,
            judged.now);
    tokens.put(token, verdict.health());
    account = verdict.account();
    verdict
        .others()
        .forEach(
            (id, change) ->
                tokens.computeIfPresent(
                    Integer.parseInt(id.value()), (any, health) -> change.apply(health)));
  }

  Optional<Instant> pause() {
    return Optional.ofNullable(account.pausedUntil()).filter(judged.now::isBefore);
  }

  List<Integer> benched() {
    return tokens.entrySet().stream()
        .filter(
            token ->
                token.getValue().cooldowns().values().stream()
                    .anyMatch(cooldown -> judged.now.isBefore(cooldown.until())))
        .map(Map.Entry::getKey)
        .toList();
  }
}
