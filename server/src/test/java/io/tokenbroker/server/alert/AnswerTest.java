package io.tokenbroker.server.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTest {
  @ParameterizedTest
  @CsvSource({
    "120, 120",
    "0, 0",
    "' 7 ', 7",
    "'Tue, 01 Jan 2030 00:01:00 GMT', 60",
    "'Mon, 31 Dec 2029 00:00:00 GMT', 0",
    "-5, 0",
    "99999999999999999999, 0",
    "soon, 0",
    "'', 0"
  })
  void readsWhenToComeBack(String header, long seconds) {
    assertThat(Answer.retryAfter(header, Instant.parse("2030-01-01T00:00:00Z")))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({
    "200, true, false", "204, true, false", "301, false, true", "400, false, true",
    "404, false, true", "408, false, false", "410, false, true", "429, false, false",
    "500, false, false", "503, false, false"
  })
  void knowsWhatIsTakenAndWhatIsRefused(int status, boolean taken, boolean refused) {
    Answer answer = new Answer(status, Duration.ZERO);
    assertThat(answer.isTaken()).isEqualTo(taken);
    assertThat(answer.isRefusal()).isEqualTo(refused);
  }
}
