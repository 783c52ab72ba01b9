package io.tokenbroker.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which turns an upstream could not know of. */
final class NewestTurnsTest {
  @Test
  void knowsHowManyTurnsWereAfterOne() {
    NewestTurns turns = new NewestTurns();
    assertThat(turns.after(0)).isZero();
    for (int i = 1; i <= 3_000; i++) {
      turns.add(10L * i);
      assertThat(turns.after(0)).isEqualTo(Math.min(i, NewestTurns.MAX));
      assertThat(turns.after(10L * i)).isZero();
      assertThat(turns.after(10L * i - 41)).isEqualTo(Math.min(i, 5));
    }
  }
}
