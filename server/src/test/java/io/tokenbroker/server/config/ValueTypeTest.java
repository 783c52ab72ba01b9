package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTypeTest {
  private static final ValueType<Duration> DURATION =
      new DurationType(Duration.ZERO, Duration.ofHours(1));
  private static final ValueType<Integer> SIZE = new SizeType(1024, 64 * 1024 * 1024);

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0s,0",
    "500ms,500",
    "5s,5000",
    "1m30s,90000",
    "60m,3600000",
    "1h,3600000",
    "1s500ms,1500",
    "PT5S,5000",
    "PT0.5S,500",
    "PT1M30S,90000"
  })
  void readsDurations(String text, long millis) {
    assertThat(DURATION.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "s",
        "5 s",
        "5S",
        "-5s",
        "5x",
        "5s1m",
        "1h1ms",
        "PT",
        "P",
        "PT-1S",
        "PT9999999H",
        "999999999h999999999m",
        "9999999999s",
        "٥s"
      })
  void refusesDurations(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DURATION.parse(text));
  }

  @Test
  void describesDurations() {
    assertThat(new DurationType(Duration.ofMillis(100), Duration.ofMinutes(10)).range())
        .isEqualTo("100ms to 10m");
    assertThat(DURATION.range()).isEqualTo("0s to 1h");
  }

  @ParameterizedTest
  @CsvSource({"1024B,1024", "1KiB,1024", "4MiB,4194304", "64MiB,67108864"})
  void readsSizes(String text, int bytes) {
    assertThat(SIZE.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4", "4MB", "4 MiB", "1023B", "65MiB", "-1KiB", "9999999999MiB"})
  void refusesSizes(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> SIZE.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "101", "1.0", "+1", "1e1", "99999999999", "٥"})
  void refusesNumbers(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new NumberType(1, 100).parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "50051",
        ":50051",
        "*:50051",
        "::1:50051",
        "[::1]",
        "host",
        "host:",
        "host:65536",
        "host:123456",
        "ho st:1",
        "http://host:1",
        "[host]:1",
        "host:1\n"
      })
  void refusesHostsAndPorts(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new HostPortType().parse(text));
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:0,127.0.0.1,0", "[::1]:50051,::1,50051", "a-b.example:1,a-b.example,1"})
  void readsHostsAndPorts(String text, String host, int port) {
    assertThat(new HostPortType().parse(text)).isEqualTo(new HostPort(host, port));
    assertThat(new HostPort(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\nb", "\u0000"})
  void refusesPathsAndTexts(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new PathType().parse(text));
    assertThatIllegalArgumentException().isThrownBy(() -> new TextType(9, false).parse(text));
  }

  @Test
  void textMayHaveLinesWhereAllowed() {
    assertThat(new TextType(9, true).parse("a\n\tb")).isEqualTo("a\n\tb");
    assertThatIllegalArgumentException().isThrownBy(() -> new TextType(9, true).parse("a\u0007"));
    assertThatIllegalArgumentException().isThrownBy(() -> new TextType(2, true).parse("abc"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "mysql://h",
        "jdbc:mysql:",
        "jdbc:postgresql://h/d",
        "jdbc:sqlite:a\nb",
        "jdbc:h2:file:a"
      })
  void refusesUrls(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new JdbcUrlType().parse(text));
  }
}
