package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MovingAverageTest {
  @Test
  void isTheMeanOfTheNewestSamples() {
    MovingAverage average = new MovingAverage(3);
    assertThat(average.isEmpty()).isTrue();
    assertThat(average.mean()).isZero();
    double[] samples = {3, 5, 10, 0, 2};
    double[] means = {3, 4, 6, 5, 4};
    for (int i = 0; i < samples.length; i++) {
      average.add(samples[i]);
      assertThat(average.mean()).isEqualTo(means[i]);
    }
  }

  @Test
  void keepsNoRoundingError() {
    MovingAverage average = new MovingAverage(10);
    average.add(1e17);
    for (int i = 0; i < 10; i++) {
      average.add(0.1);
    }
    assertThat(average.mean()).isBetween(0.0999, 0.1001);
  }

  @Test
  void needsAWindow() {
    assertThatThrownBy(() -> new MovingAverage(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theMeterCountsTurnsPerSecond() {
    TurnMeter meter = new TurnMeter();
    meter.sample(100, 0);
    assertThat(meter.isKnown()).isFalse();
    meter.sample(150, 500_000_000);
    assertThat(meter.rate()).isEqualTo(100);
    meter.sample(150, 1_500_000_000);
    assertThat(meter.rate()).isZero();
    assertThat(meter.average()).isEqualTo(50);
    meter.sample(3, 2_500_000_000L); // deleted and begun anew
    assertThat(meter.rate()).isZero();
  }
}
