package io.tokenbroker.client.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PacingTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void callsOfARateAreEvenlySpread() {
    Pacing pacing = new Pacing(4, Duration.ZERO, SECOND);

    assertThat(LongStream.range(0, 5).map(pacing::due))
        .containsExactly(0L, 250_000_000L, 500_000_000L, 750_000_000L, 1_000_000_000L);
    assertThat(pacing.end()).isEqualTo(SECOND.toNanos());
  }

  @Test
  void aRampHasHalfOfTheCallsAndNoJumpAtItsEnd() {
    Pacing pacing = new Pacing(1_000, SECOND, SECOND);

    assertThat(LongStream.range(0, 10_000).filter(call -> pacing.due(call) < SECOND.toNanos()))
        .hasSize(500);
    assertThat(LongStream.range(0, 10_000).filter(call -> pacing.due(call) < pacing.end()))
        .hasSize(1_500);
    long last = -1;
    for (int call = 0; call < 1_500; call++) {
      assertThat(pacing.due(call)).isGreaterThan(last);
      last = pacing.due(call);
    }
    assertThat(pacing.due(501) - pacing.due(499)).isBetween(1_999_000L, 2_010_000L);
  }

  @Test
  void withoutARateEachCallIsDueAtOnce() {
    Pacing pacing = new Pacing(0, Duration.ZERO, SECOND);

    assertThat(pacing.due(1_000_000)).isZero();
    assertThat(pacing.isOpen()).isFalse();
  }
}
