package io.tokenbroker.server.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What an upstream holds against the broker, and what it does not. */
class UpstreamTokenTest {
  private static final long SECOND = 1_000_000_000;

  private final UpstreamToken token = new UpstreamToken(new UpstreamPlan(2, 1_000, 2));

  private List<String> call(long asked, long arrived) {
    UpstreamToken.Arrival arrival = token.arrive(asked, arrived);
    token.leave();
    return arrival.violations();
  }

  @Test
  void oneCallMoreThanFitsIntoAWindow() {
    assertThat(call(1, 2)).isEmpty();
    assertThat(call(1, 3)).isEmpty();
    assertThat(call(1, SECOND)).singleElement().asString().contains("limit exceeded: 3");
    assertThat(call(SECOND + 1, SECOND + 2)).isEmpty();
  }

  @Test
  void callsThatMayHaveBeenHandedOutInAnotherWindow() {
    // of before, as far as anybody can tell
    assertThat(call(0, SECOND)).isEmpty();
    assertThat(call(SECOND, SECOND)).isEmpty();
    UpstreamToken.Arrival third = token.arrive(SECOND, SECOND);
    assertThat(third.violations()).isEmpty();
    assertThat(third.early()).isTrue();
  }

  @Test
  void aCallWithinACooldownWhoseReportWasAnswered() {
    token.cool(7, 5 * SECOND);
    assertThat(call(0, 1)).isEmpty();
    token.reported(7, 10);
    assertThat(call(9, 2 * SECOND)).isEmpty();
    assertThat(call(10, 4 * SECOND)).singleElement().asString().contains("cooldown disobeyed");
    assertThat(call(11, 5 * SECOND)).isEmpty();
  }

  @Test
  void tooManyCallsAtOnce() {
    assertThat(token.arrive(0, 1).violations()).isEmpty();
    assertThat(token.arrive(0, 2 * SECOND).violations()).isEmpty();
    assertThat(token.arrive(0, 4 * SECOND).violations())
        .singleElement()
        .asString()
        .contains("3 calls at once");
    token.leave();
    token.leave();
    assertThat(token.arrive(0, 6 * SECOND).violations()).isEmpty();
  }
}
