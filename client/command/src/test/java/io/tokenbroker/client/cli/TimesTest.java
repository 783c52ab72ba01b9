package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 s",
    "PT0.001S, 0.1 s",
    "PT3.2S, 3.2 s",
    "PT30S, 30 s",
    "PT59.9S, 59.9 s",
    "PT59.95S, 1m",
    "PT90S, 1m30s",
    "PT59M59.1S, 1h",
    "PT1H, 1h",
    "PT86191.011S, 23h57m",
    "PT23H59M1S, 1d",
    "PT25H, 1d1h",
    "P40D, 40d"
  })
  void waitsAreInWordsForPeopleAndNeverTooShort(Duration wait, String text) {
    assertThat(Times.wait(wait)).isEqualTo(text);
  }
}
