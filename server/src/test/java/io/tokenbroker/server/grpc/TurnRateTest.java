package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TurnRateTest {
  private static final long SECOND = 1_000_000_000;

  /** Close to where nanoseconds turn negative. */
  private static final long START = new AtomicLong(Long.MAX_VALUE - SECOND / 2).get();

  private final TurnRate rate = new TurnRate(1, 100, START);

  @Test
  void aSecondsWorthAtOnceAndThenOneAfterTheOther() {
    for (int i = 0; i < 100; i++) {
      assertThat(rate.take(1, 100, START)).isZero();
    }
    assertThat(rate.take(1, 100, START)).isEqualTo(SECOND / 100);
    assertThat(rate.take(1, 100, START + SECOND / 100)).isZero();
    assertThat(rate.take(1, 100, START + SECOND / 100)).isEqualTo(SECOND / 100);
  }

  @Test
  void whatIsTakenTogetherIsWaitedForAfterwards() {
    assertThat(rate.take(1_000, 100, START)).isZero();
    assertThat(rate.delay(100, START)).isEqualTo(9 * SECOND + SECOND / 100);
    assertThat(rate.take(1, 100, START + SECOND)).isEqualTo(8 * SECOND + SECOND / 100);
  }

  @Test
  void whatIsNotUsedForLongIsNotSaved() {
    long later = START + 3_600 * SECOND;
    assertThat(rate.isFull(later)).isTrue();
    assertThat(rate.take(101, 100, later)).isZero();
    assertThat(rate.isFull(later)).isFalse();
    assertThat(rate.take(1, 100, later)).isPositive();
  }
}
