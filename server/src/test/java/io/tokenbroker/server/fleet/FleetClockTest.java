package io.tokenbroker.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class FleetClockTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);

  private Instant own = TIME.minus(HOUR);
  private long nanos = Long.MAX_VALUE - 1_000;
  private final FleetClock clock = new FleetClock(() -> own, () -> nanos);

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  /** The database says a time, and its answer takes some. */
  private void told(Instant time, Duration roundTrip) {
    long asked = clock.ticks();
    pass(roundTrip);
    clock.told(time, asked);
  }

  private void says(Instant time) {
    assertThat(clock.instant()).isEqualTo(time);
    assertThat(clock.millis()).isEqualTo(time.toEpochMilli());
  }

  @Test
  void goesByTheDatabaseOnceThatHasToldWhateverItsOwnSays() {
    says(own);
    told(TIME, Duration.ZERO);
    says(TIME);
    own = own.plus(HOUR.multipliedBy(3));
    pass(HOUR);
    says(TIME.plus(HOUR));
  }

  @Test
  void anAnswerThatTakesItsTimeDoesNotSetIt() {
    told(TIME, Duration.ZERO);
    told(TIME, Duration.ofMillis(400));
    says(TIME.plusMillis(400));
    told(TIME.plusMillis(800), Duration.ofMillis(400));
    says(TIME.plusMillis(800));
  }

  @Test
  void theDatabasesClockMayBeSet() {
    told(TIME, Duration.ZERO);
    told(TIME.plus(HOUR), Duration.ZERO);
    says(TIME.plus(HOUR));
    told(TIME.minus(HOUR), Duration.ofMillis(9));
    says(TIME.minus(HOUR).plusMillis(5));
  }
}
