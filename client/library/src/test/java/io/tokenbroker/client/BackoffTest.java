package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void doublesUpToFiveSeconds() {
    Backoff longest = new Backoff(() -> 1.0);
    assertThat(IntStream.range(0, 9).mapToLong(i -> longest.next(null).toMillis()))
        .containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L, 5000L);
  }

  @Test
  void takesARandomHalfOff() {
    Backoff shortest = new Backoff(() -> 0.0);
    assertThat(shortest.next(null)).isEqualTo(Duration.ofMillis(50));
    assertThat(shortest.next(null)).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void isNeverSoonerThanTheBrokerAsks() {
    Backoff backoff = new Backoff(() -> 0.5);
    assertThat(backoff.next(Duration.ofSeconds(30)))
        .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
    assertThat(backoff.next(Duration.ofMillis(1))).isEqualTo(Duration.ofMillis(150));
  }

  @Test
  void beginsAnewAfterSuccess() {
    Backoff backoff = new Backoff(() -> 1.0);
    backoff.next(null);
    backoff.next(null);
    backoff.reset();
    assertThat(backoff.next(null)).isEqualTo(Duration.ofMillis(100));
  }
}
