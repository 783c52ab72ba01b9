package io.tokenbroker.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitTextTest {
  @ParameterizedTest
  @CsvSource({
    "PT0.25S, 0.25 s",
    "PT59.999S, 59.999 s",
    "PT1M, 1m",
    "PT89.001S, 1m30s",
    "PT3599.5S, 1h",
    "PT86191.011S, 23h57m",
    "PT25H, 1d1h"
  })
  void isInWordsAndNeverTooShort(Duration wait, String text) {
    assertThat(WaitText.of(wait)).isEqualTo(text);
  }
}
