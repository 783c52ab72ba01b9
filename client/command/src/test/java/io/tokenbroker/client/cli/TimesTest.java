package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

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

  @ParameterizedTest
  @CsvSource({
    "PT0.5S, 500ms",
    "PT1.5S, 1500ms",
    "PT90S, 90s",
    "PT150S, 2m30s",
    "PT90M, 1h30m",
    "PT86191S, 23h56m31s",
    "PT24H, 1d",
    "P31D, 31d"
  })
  void timesAreExactAndMayBeTypedAgain(Duration time, String text) {
    assertThat(Times.text(time)).isEqualTo(text);
    assertThat(new TimeoutConverter().convert(text)).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "0s", "1s1m", "1m 30s", "-1s", "1.5s", "1h30", "m"})
  void whatIsNoTimeIsRefused(String text) {
    assertThatThrownBy(() -> new TimeoutConverter().convert(text))
        .isInstanceOf(TypeConversionException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "2030-01-31T11:59:59.999Z, 2030-01-31T12:00:00Z",
    "2030-01-31T12:00:00.001Z, 2030-01-31T12:00:00Z",
    "2030-01-31T12:00:00.652Z, 2030-01-31T12:00:01Z"
  })
  void whenATokenIsReadyIsSaidToTheSecond(String time, String shown) {
    assertThat(Times.ready(Times.parse(time))).isEqualTo(shown);
  }
}
