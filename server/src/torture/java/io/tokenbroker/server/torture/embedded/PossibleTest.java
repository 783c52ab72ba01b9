package io.tokenbroker.server.torture.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checker of the torture, on what it has to find and what it must let pass. */
class PossibleTest {
  private final Findings findings = new Findings();
  private final Possible possible = new Possible();

  private void check(AccountModel actual) {
    possible.check("a", actual, true, findings);
  }

  private static AccountModel tokens(Map<Integer, Integer> tokens) {
    return AccountModel.EMPTY.with(tokens);
  }

  @Test
  void whatWasAcknowledgedHasToBeThere() {
    possible.did(state -> state.with(Map.of(1, 1, 2, 1)));
    possible.did(state -> state.with(Map.of(2, 2)));
    check(tokens(Map.of(1, 1, 2, 2)));
    assertThat(findings.violations()).isZero();

    check(tokens(Map.of(2, 1)));
    assertThat(findings.texts())
        .containsExactly(
            "lost: added tokens: a token 1", "lost: token updates: a token 2 has version 1");
  }

  @Test
  void whatWasRemovedHasToStayAway() {
    possible.did(state -> state.with(Map.of(1, 1, 2, 1)));
    possible.did(state -> state.without(List.of(1)));
    check(tokens(Map.of(1, 1, 2, 1)));
    assertThat(findings.texts()).containsExactly("returned: removed tokens: a token 1");
  }

  @Test
  void whatWasNotAnsweredMayBeEitherButNotHalf() {
    for (Map<Integer, Integer> actual : List.of(Map.<Integer, Integer>of(), Map.of(1, 1, 2, 1))) {
      Possible either = new Possible();
      either.mayHaveDone(state -> state.with(Map.of(1, 1, 2, 1)));
      either.check("a", tokens(actual), true, findings);
      assertThat(findings.violations()).isZero();
      // from then on it is known
      either.check("a", tokens(Map.of(3, 1)), true, new Findings());
    }
    possible.mayHaveDone(state -> state.with(Map.of(1, 1, 2, 1)));
    check(tokens(Map.of(1, 1)));
    assertThat(findings.toString()).contains("other violations {half=1}");
  }

  @Test
  void settingsAreThoseOfTheLastAcknowledgedChange() {
    possible.did(state -> state.with(Map.of(1, 1)).withLimits(5).withPolicy(6));
    possible.mayHaveDone(state -> state.withLimits(7));
    check(tokens(Map.of(1, 1)).withLimits(7).withPolicy(6));
    assertThat(findings.violations()).isZero();
    check(tokens(Map.of(1, 1)).withLimits(5).withPolicy(0));
    assertThat(findings.texts())
        .containsExactly(
            "lost: token limits: a has version 5", "lost: lease policies: a has version 0");
  }

  @Test
  void settingsThatCannotBeReadAreRemembered() {
    possible.did(state -> state.with(Map.of(1, 1)).withLimits(5));
    possible.did(state -> state.without(List.of(1)));
    possible.check("a", AccountModel.EMPTY, false, findings);
    possible.did(state -> state.with(Map.of(2, 1)));
    check(tokens(Map.of(2, 1)));
    assertThat(findings.texts()).containsExactly("lost: token limits: a has version 0");
  }

  @Test
  void turnNumbersOfTheLastSecondMayComeAgain() {
    TurnNumbers turns = new TurnNumbers();
    turns.handedOut(1);
    turns.handedOut(2);
    turns.crashed(System.nanoTime() - 1_000_000_000_000L);
    turns.checkFirst("a", 1, findings);
    assertThat(findings.violations()).isZero();

    turns.handedOut(7);
    turns.crashed(System.nanoTime());
    turns.checkFirst("a", 8, findings);
    assertThat(findings.violations()).isZero();
    turns.checkFirst("a", 7, findings);
    turns.checkFirst("a", 9, findings);
    assertThat(findings.texts())
        .containsExactly(
            "lost: turns: a began with 7 again after 7", "skipped turns: a went on with 9 after 7");
  }
}
