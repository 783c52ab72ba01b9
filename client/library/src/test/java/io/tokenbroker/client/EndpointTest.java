package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @Test
  void takesNamesAndAddresses() {
    assertThat(Endpoint.parse("broker.internal:50051"))
        .isEqualTo(new Endpoint("broker.internal", 50051));
    assertThat(Endpoint.parse(" 10.0.0.1:1 ")).isEqualTo(new Endpoint("10.0.0.1", 1));
    assertThat(Endpoint.parse("[::1]:65535")).isEqualTo(new Endpoint("::1", 65535));
  }

  @Test
  void writesIpv6InBrackets() {
    assertThat(Endpoint.parse("[fe80::1]:50051").authority()).isEqualTo("[fe80::1]:50051");
    assertThat(Endpoint.parse("a:50051").authority()).isEqualTo("a:50051");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", ":1", "a:", "a:0", "a:65536", "a:b", "::1:50051", "http://a:1", "a:1/x"})
  void refusesTheRestAndSaysWhatItWants(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HOST:PORT")
        .hasMessageContaining("'" + text + "'");
  }
}
