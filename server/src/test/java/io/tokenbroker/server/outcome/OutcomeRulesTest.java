package io.tokenbroker.server.outcome;

import static io.tokenbroker.server.outcome.Outcome.CALLER_ERROR;
import static io.tokenbroker.server.outcome.Outcome.FORBIDDEN;
import static io.tokenbroker.server.outcome.Outcome.OK;
import static io.tokenbroker.server.outcome.Outcome.QUOTA_EXHAUSTED;
import static io.tokenbroker.server.outcome.Outcome.RATE_LIMITED;
import static io.tokenbroker.server.outcome.Outcome.UNAUTHORIZED;
import static io.tokenbroker.server.outcome.Outcome.UPSTREAM_ERROR;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each row of the rules in docs/outcomes.md is a case here, under the text of its row. */
class OutcomeRulesTest {
  private static final Scope A = new Scope("a");
  private static final Scope B = new Scope("b");
  private static final Health GOOD = Health.GOOD;

  private final Map<String, Runnable> cases = new LinkedHashMap<>();
  private final Judged judged = new Judged();

  OutcomeRulesTest() {
    token();
    account();
  }

  private void token() {
    row(
        "any | UPSTREAM_ERROR or CALLER_ERROR | nothing changes",
        () -> {
          for (Health health :
              List.of(
                  GOOD, cooling(A, 2, "1h"), cooling(A, 2, "-1h"), quarantine(7), forbidden(2))) {
            assertThat(judged.after(health, 7, UPSTREAM_ERROR)).isEqualTo(health);
            assertThat(judged.after(health, 7, CALLER_ERROR)).isEqualTo(health);
          }
        });
    row("well | OK | nothing changes", () -> assertThat(judged.after(GOOD, 7, OK)).isEqualTo(GOOD));
    row(
        "well | RATE_LIMITED with a time | cools for the scope until that time; 1 strike",
        () -> {
          assertThat(judged.after(GOOD, 7, judged.retryAfter(RATE_LIMITED, A, "6s")))
              .isEqualTo(cooling(A, 1, "7.5s"));
          assertThat(judged.after(GOOD, 7, judged.reset(RATE_LIMITED, A, "6s")))
              .isEqualTo(health(A, new Cooldown(1, judged.in("7.5s"), true)));
          // a moment that has just passed
          assertThat(judged.after(GOOD, 7, judged.reset(RATE_LIMITED, A, "-2s")))
              .isEqualTo(health(A, new Cooldown(1, judged.in("1.5s"), true)));
        });
    row(
        "well | RATE_LIMITED without a time | cools for the scope for `outcome.backoff_min` (1 s);"
            + " 1 strike",
        () -> {
          assertThat(judged.after(GOOD, 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, 1, "1s"));
          assertThat(judged.after(GOOD, 7, RATE_LIMITED)).isEqualTo(cooling(Scope.ALL, 1, "1s"));
        });
    row(
        "cooled, with n strikes | RATE_LIMITED without a time | cools 2^n times as long, up to"
            + " `outcome.backoff_max` (5 min); 1 strike more",
        () -> {
          assertThat(judged.after(cooling(A, 1, "0s"), 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, 2, "2s"));
          assertThat(judged.after(cooling(A, 8, "-1s"), 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, 9, "256s"));
          assertThat(judged.after(cooling(A, 9, "-1s"), 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, 10, "300s"));
          assertThat(
                  judged.after(
                      cooling(A, Integer.MAX_VALUE, "-1s"), 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, Integer.MAX_VALUE, "300s"));
        });
    row(
        "cools for the scope | RATE_LIMITED for it | the later of the two deadlines holds; no"
            + " further strike",
        () -> {
          Health before = cooling(A, 2, "10s");
          assertThat(judged.after(before, 7, judged.retryAfter(RATE_LIMITED, A, "1s")))
              .isEqualTo(before);
          assertThat(judged.after(before, 7, judged.reset(RATE_LIMITED, A, "1s")))
              .isEqualTo(before);
          assertThat(judged.after(before, 7, Judged.report(RATE_LIMITED, A))).isEqualTo(before);
          assertThat(judged.after(before, 7, judged.retryAfter(RATE_LIMITED, A, "20s")))
              .isEqualTo(cooling(A, 2, "21.5s"));
        });
    row(
        "cools for one scope | RATE_LIMITED for another | cools for both, each until its own"
            + " deadline",
        () -> {
          Health both =
              judged.after(cooling(A, 2, "10s"), 7, judged.retryAfter(RATE_LIMITED, B, "1s"));
          assertThat(both.cooldowns())
              .isEqualTo(
                  Map.of(
                      A, new Cooldown(2, judged.in("10s")), B, new Cooldown(1, judged.in("2.5s"))));
        });
    row(
        "well | QUOTA_EXHAUSTED with a time | cools for all scopes until that time; 1 strike",
        () ->
            assertThat(judged.after(GOOD, 7, judged.retryAfter(QUOTA_EXHAUSTED, A, "3h")))
                .isEqualTo(cooling(Scope.ALL, 1, "10801.5s")));
    row(
        "well | QUOTA_EXHAUSTED without a time | cools for all scopes for `outcome.quota_backoff`"
            + " (1 h), doubling up to 24 h",
        () -> {
          assertThat(judged.after(GOOD, 7, Judged.report(QUOTA_EXHAUSTED, A)))
              .isEqualTo(cooling(Scope.ALL, 1, "1h"));
          assertThat(judged.after(cooling(Scope.ALL, 4, "0s"), 7, QUOTA_EXHAUSTED))
              .isEqualTo(cooling(Scope.ALL, 5, "16h"));
          assertThat(judged.after(cooling(Scope.ALL, 5, "0s"), 7, QUOTA_EXHAUSTED))
              .isEqualTo(cooling(Scope.ALL, 6, "24h"));
        });
    row(
        "cooled, with n strikes of the whole token | QUOTA_EXHAUSTED without a time | cools 2^n times"
            + " `outcome.quota_backoff`, up to 24 h, whatever the strikes were for; 1 strike more",
        () -> {
          Health limited = judged.after(GOOD, 7, RATE_LIMITED);
          judged.now = judged.in("1s");
          assertThat(judged.after(limited, 7, QUOTA_EXHAUSTED))
              .isEqualTo(cooling(Scope.ALL, 2, "2h"));
          // those of a scope do not count
          assertThat(
                  judged
                      .after(cooling(A, 3, "0s"), 7, Judged.report(QUOTA_EXHAUSTED, A))
                      .cooldowns())
              .containsEntry(Scope.ALL, new Cooldown(1, judged.in("1h")));
        });
    row(
        "cooled | OK | the strikes of its scope and of the whole token are forgotten, those of other"
            + " scopes stay",
        () -> {
          Cooldown ended = new Cooldown(3, judged.in("0s"));
          Health before = new Health(0, Map.of(A, ended, B, ended, Scope.ALL, ended), null);
          assertThat(judged.after(before, 7, Judged.report(OK, A))).isEqualTo(health(B, ended));
        });
    row(
        "cools | OK | the cooldown stays: the turn is from before it",
        () -> {
          assertThat(judged.after(cooling(A, 3, "1ms"), 7, Judged.report(OK, A)))
              .isEqualTo(cooling(A, 3, "1ms"));
          assertThat(judged.after(cooling(Scope.ALL, 3, "1h"), 7, Judged.report(OK, A)))
              .isEqualTo(cooling(Scope.ALL, 3, "1h"));
        });
    row(
        "cooled more than 24 h ago | RATE_LIMITED | begins anew, with 1 strike",
        () -> {
          assertThat(judged.after(cooling(A, 3, "-25h"), 7, Judged.report(RATE_LIMITED, A)))
              .isEqualTo(cooling(A, 1, "1s"));
          assertThat(judged.after(cooling(A, 3, "-25h"), 7, Judged.report(RATE_LIMITED, B)))
              .isEqualTo(cooling(B, 1, "1s"));
        });
    row(
        "cooled for more than `rotation.max_scopes` (64) scopes | OK, RATE_LIMITED or"
            + " QUOTA_EXHAUSTED | the strikes of those that ended the longest ago are forgotten",
        this::manyScopes);
    row(
        "well | UNAUTHORIZED | quarantine; the first probe is due after `outcome.probe_delay`"
            + " (1 min)",
        () -> {
          Quarantine quarantine =
              new Quarantine(judged.now, Duration.ofMinutes(1), judged.in("1m"), 0);
          assertThat(judged.after(GOOD, 7, UNAUTHORIZED))
              .isEqualTo(new Health(0, Map.of(), quarantine));
          Health cooling = cooling(A, 2, "1h");
          assertThat(judged.after(cooling, 0, UNAUTHORIZED))
              .isEqualTo(new Health(0, cooling.cooldowns(), quarantine));
        });
    row(
        "well | FORBIDDEN, not yet `outcome.forbidden_limit` (3) in a row | is counted",
        () -> {
          assertThat(judged.after(GOOD, 7, FORBIDDEN)).isEqualTo(forbidden(1));
          assertThat(judged.after(forbidden(1), 8, FORBIDDEN)).isEqualTo(forbidden(2));
        });
    row(
        "well | FORBIDDEN, the last of so many | quarantine, as after UNAUTHORIZED",
        () ->
            assertThat(judged.after(forbidden(2), 9, FORBIDDEN).quarantine())
                .isEqualTo(judged.after(GOOD, 9, UNAUTHORIZED).quarantine()));
    row(
        "FORBIDDEN was counted | OK | the count starts anew",
        () -> assertThat(judged.after(forbidden(2), 9, OK)).isEqualTo(GOOD));
    row(
        "quarantine | OK of the newest probe's turn | in the rotation again",
        () -> {
          assertThat(judged.after(quarantine(7), 7, OK)).isEqualTo(GOOD);
          Cooldown later = new Cooldown(1, judged.in("1h"));
          Health cools = new Health(3, Map.of(A, later), quarantine(7).quarantine());
          assertThat(judged.after(cools, 7, Judged.report(OK, A))).isEqualTo(health(A, later));
        });
    row(
        "quarantine | OK of any other turn, or of an unknown one | nothing changes",
        () -> {
          assertThat(judged.after(quarantine(7), 6, OK)).isEqualTo(quarantine(7));
          assertThat(judged.after(quarantine(7), 8, OK)).isEqualTo(quarantine(7));
          assertThat(judged.after(quarantine(7), 0, OK)).isEqualTo(quarantine(7));
          assertThat(judged.after(quarantine(0), 0, OK)).isEqualTo(quarantine(0));
        });
    row(
        "quarantine | UNAUTHORIZED or FORBIDDEN of the probe's turn | quarantine; the next probe is"
            + " due after the delay, which doubles with each, up to `outcome.probe_delay_max`"
            + " (24 h)",
        () -> {
          Quarantine before = quarantine(7).quarantine();
          Health failed =
              new Health(
                  0,
                  Map.of(),
                  new Quarantine(before.since(), before.probeDelay(), judged.in("2m"), 0));
          assertThat(judged.after(quarantine(7), 7, UNAUTHORIZED)).isEqualTo(failed);
          assertThat(judged.after(quarantine(7), 7, FORBIDDEN)).isEqualTo(failed);
          // and then its success is too late
          assertThat(judged.after(failed, 7, OK)).isEqualTo(failed);
        });
    row(
        "quarantine | UNAUTHORIZED or FORBIDDEN of any other turn | nothing changes",
        () -> {
          for (long turn : new long[] {0, 6, 8}) {
            assertThat(judged.after(quarantine(7), turn, UNAUTHORIZED)).isEqualTo(quarantine(7));
            assertThat(judged.after(quarantine(7), turn, FORBIDDEN)).isEqualTo(quarantine(7));
          }
        });
    row(
        "quarantine | RATE_LIMITED or QUOTA_EXHAUSTED of the probe's turn | quarantine, and cools;"
            + " the next probe is not before both are over",
        () -> {
          Quarantine before = quarantine(7).quarantine();
          Health after = judged.after(quarantine(7), 7, judged.retryAfter(RATE_LIMITED, A, "1h"));
          assertThat(after)
              .isEqualTo(
                  new Health(
                      0,
                      cooling(A, 1, "3601.5s").cooldowns(),
                      new Quarantine(
                          before.since(), before.probeDelay(), judged.in("3601.5s"), 0)));
          Health soon = judged.after(quarantine(7), 7, judged.retryAfter(QUOTA_EXHAUSTED, A, "1s"));
          assertThat(soon.quarantine().probeTime()).isEqualTo(before.probeTime());
          assertThat(soon.cooldowns()).containsOnlyKeys(Scope.ALL);
        });
    row(
        "quarantine | RATE_LIMITED or QUOTA_EXHAUSTED of any other turn | quarantine, and cools",
        () ->
            assertThat(judged.after(quarantine(7), 6, judged.retryAfter(RATE_LIMITED, A, "1h")))
                .isEqualTo(
                    new Health(
                        0, cooling(A, 1, "3601.5s").cooldowns(), quarantine(7).quarantine())));
  }

  private void manyScopes() {
    Health health = judged.after(GOOD, 7, judged.reset(RATE_LIMITED, Scope.ALL, "0s"));
    judged.now = judged.in("2s");
    health = judged.after(health, 7, judged.retryAfter(RATE_LIMITED, A, "23h"));
    for (int i = 0; i < 1_000; i++) {
      health = judged.after(health, 7, Judged.report(RATE_LIMITED, new Scope("made-up-" + i)));
      judged.now = judged.in("1s");
    }
    assertThat(health.cooldowns()).hasSize(64 + 3).containsKeys(A, Scope.ALL);
    // the one that ended first of those, and then one that is forgotten
    health = judged.after(health, 7, Judged.report(RATE_LIMITED, new Scope("made-up-935")));
    assertThat(health.cooldowns().values()).extracting(Cooldown::strikes).contains(2);
    health = judged.after(health, 7, Judged.report(RATE_LIMITED, new Scope("made-up-934")));
    assertThat(health.cooldowns().values()).extracting(Cooldown::strikes).containsOnlyOnce(2);
    judged.now = judged.in("2s");
    Health full = judged.after(health, 7, Judged.report(OK, B));
    assertThat(full.cooldowns()).hasSize(64 + 1).containsKey(A).doesNotContainKey(Scope.ALL);
    assertThat(judged.after(full, 7, Judged.report(OK, A))).isEqualTo(full);
    // what a store has from before there was a bound
    Map<Scope, Cooldown> stored = new HashMap<>(full.cooldowns());
    for (int i = 0; i < 1_000; i++) {
      stored.put(new Scope("stored-" + i), new Cooldown(1, judged.in("-5h")));
    }
    Health old = new Health(0, stored, null);
    assertThat(judged.after(old, 7, Judged.report(OK, B))).isEqualTo(full);
    assertThat(judged.after(old, 7, QUOTA_EXHAUSTED).cooldowns()).hasSize(64 + 2);
  }

  private void account() {
    row(
        "up to 4 tokens were limited within `outcome.pause_window` (2 s), with no OK since |"
            + " RATE_LIMITED of the `outcome.pause_tokens`th (5th) | the account pauses until the"
            + " report's time, else for a back-off; the tokens that these reports benched are put"
            + " back",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int i = 1; i <= 4; i++) {
            scene.report(i, i, judged.retryAfter(RATE_LIMITED, Scope.ALL, "60s"));
          }
          assertThat(scene.pause()).isEmpty();
          assertThat(scene.benched()).containsExactly(1, 2, 3, 4);
          scene.report(5, 5, judged.retryAfter(RATE_LIMITED, Scope.ALL, "30s"));
          assertThat(scene.pause()).contains(judged.in("31.5s"));
          assertThat(scene.benched()).isEmpty();
          AccountScene without = new AccountScene(judged);
          for (int i = 1; i <= 5; i++) {
            without.report(i, 0, Judged.report(RATE_LIMITED));
          }
          assertThat(without.pause()).contains(judged.in("1s"));
        });
    row(
        "as many, but an OK between them | RATE_LIMITED | the token cools, the account does not"
            + " pause",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int i = 1; i <= 8; i++) {
            scene.report(i, i, Judged.report(i == 4 ? OK : RATE_LIMITED));
          }
          assertThat(scene.pause()).isEmpty();
          assertThat(scene.benched()).containsExactly(1, 2, 3, 5, 6, 7, 8);
        });
    row(
        "as many, but not close together | RATE_LIMITED | the token cools, the account does not"
            + " pause",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int i = 1; i <= 10; i++) {
            scene.report(i, i, judged.retryAfter(RATE_LIMITED, Scope.ALL, "1h"));
            judged.now = judged.in("501ms");
          }
          assertThat(scene.pause()).isEmpty();
          assertThat(scene.benched()).hasSize(10);
        });
    row(
        "as many, but more other turns than theirs were handed out meanwhile | RATE_LIMITED | the"
            + " token cools, the account does not pause",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int i = 1; i <= 8; i++) {
            scene.report(i, i * 4L, Judged.report(RATE_LIMITED));
          }
          assertThat(scene.pause()).isEmpty();
          assertThat(scene.benched()).hasSize(8);
        });
    row(
        "as many, all for one and the same scope | RATE_LIMITED for it | the token cools, the account"
            + " does not pause",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int i = 1; i <= 8; i++) {
            scene.report(i, i, Judged.report(RATE_LIMITED, A));
          }
          assertThat(scene.pause()).isEmpty();
          assertThat(scene.benched()).hasSize(8);
          scene.report(9, 9, Judged.report(RATE_LIMITED, B));
          assertThat(scene.pause()).isPresent();
          assertThat(scene.benched()).isEmpty();
        });
    row(
        "pause | RATE_LIMITED | nothing happens to the token; the later of the two deadlines holds"
            + " for the pause",
        () -> {
          AccountScene scene = AccountScene.paused(judged, "60s");
          scene.report(6, 6, judged.retryAfter(RATE_LIMITED, Scope.ALL, "10s"));
          assertThat(scene.pause()).contains(judged.in("61.5s"));
          scene.report(7, 7, judged.retryAfter(RATE_LIMITED, Scope.ALL, "90s"));
          assertThat(scene.pause()).contains(judged.in("91.5s"));
          assertThat(scene.benched()).isEmpty();
        });
    row(
        "pause | OK | the pause stays: the turn is from before it",
        () -> {
          AccountScene scene = AccountScene.paused(judged, "60s");
          scene.report(6, 6, Judged.report(OK));
          assertThat(scene.pause()).contains(judged.in("61.5s"));
        });
    row(
        "a pause is over, with no OK since | RATE_LIMITED that makes another | its back-off is twice"
            + " as long",
        () -> {
          AccountScene scene = new AccountScene(judged);
          for (int round = 0; round < 3; round++) {
            for (int i = 1; i <= 5; i++) {
              scene.report(i, round * 5 + i, Judged.report(RATE_LIMITED));
            }
            assertThat(scene.pause()).contains(judged.now.plusSeconds(1L << round));
            judged.now = scene.pause().orElseThrow();
          }
          scene.report(1, 16, Judged.report(OK));
          for (int i = 1; i <= 5; i++) {
            scene.report(i, 16 + i, Judged.report(RATE_LIMITED));
          }
          assertThat(scene.pause()).contains(judged.in("1s"));
        });
  }

  @Test
  void theDocumentHasTheseRows() throws IOException {
    assertThat(rows()).containsExactlyElementsOf(cases.keySet());
  }

  @TestFactory
  Stream<DynamicTest> theRules() {
    return cases.keySet().stream()
        // each with a clock of its own
        .map(row -> DynamicTest.dynamicTest(row, () -> new OutcomeRulesTest().run(row)));
  }

  private void run(String row) {
    Optional.ofNullable(cases.get(row)).orElseThrow().run();
  }

  private void row(String text, Runnable test) {
    assertThat(cases.put(text, test)).isNull();
  }

  private static List<String> rows() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("docs/outcomes.md"))) {
      here = Optional.ofNullable(here.getParent()).orElseThrow();
    }
    String text = Files.readString(here.resolve("docs/outcomes.md"));
    return text.substring(text.indexOf("## The rules of a token"))
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| before |"))
        .map(line -> line.substring(2, line.length() - 2))
        .toList();
  }

  private Health cooling(Scope scope, int strikes, String in) {
    return health(scope, new Cooldown(strikes, judged.in(in)));
  }

  private static Health health(Scope scope, Cooldown cooldown) {
    return new Health(0, Map.of(scope, cooldown), null);
  }

  private static Health forbidden(int count) {
    return new Health(count, Map.of(), null);
  }

  /** An hour old; the probe was handed out just now, and its delay doubled. */
  private Health quarantine(long probeTurn) {
    return new Health(
        0,
        Map.of(),
        new Quarantine(judged.in("-1h"), Duration.ofMinutes(2), judged.in("2m"), probeTurn));
  }
}
