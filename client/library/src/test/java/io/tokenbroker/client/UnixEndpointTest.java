package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnixEndpointTest {
  @ParameterizedTest
  @CsvSource({
    "unix:/run/socket,/run/socket",
    "unix:///run/socket,/run/socket",
    "' unix:/run/a b ',/run/a b",
    "unix:socket,socket"
  })
  void takesWhatGrpcTakes(String text, String path) {
    assertThat(UnixEndpoint.find(List.of(text))).contains(new UnixEndpoint(path));
  }

  @Test
  void isNoneOfANetwork() {
    assertThat(UnixEndpoint.find(List.of("unix.example.com:1", "b:1"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix:", "unix://host/run/socket", "unix:  "})
  void refusesTheRestAndSaysWhatItWants(String text) {
    assertThatThrownBy(() -> UnixEndpoint.find(List.of(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("endpoint must be unix:/PATH");
  }

  @Test
  void isAloneAndNotTooLong() {
    assertThatThrownBy(() -> UnixEndpoint.find(List.of("a:1", "unix:/run/socket")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("endpoint must be one Unix socket alone");
    assertThatThrownBy(() -> UnixEndpoint.find(List.of("unix:/" + "s".repeat(107))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("107 bytes");
  }
}
