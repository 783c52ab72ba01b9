package io.tokenbroker.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.ReportOutcomeRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "e123",
        "e12345",
        "1e1234",
        "E99999 of acme",
        "a, 1e123456, b",
        "e\u0665\u0665\u0665\u0665\u0665",
        ".e123456",
        "1e-999999999"
      })
  void whatOnlyLooksLikeANumberIsAName(String account) throws Exception {
    NextTokenRequest read =
        (NextTokenRequest)
            Codec.JSON.read(
                NextTokenRequest.getDefaultInstance(), bytes("{\"account\":\"" + account + "\"}"));
    assertThat(read.getAccount()).isEqualTo(account);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"turn\":1e200000}",
        "{\"turn\": -1.5E+200000 }",
        "{\"turn\":\"1e200000\"}",
        "{\"turn\":\"1\\u0065200000\"}",
        "{\"turn\":\"1e\\u0032\\u003000000\"}",
        "{\"turn\":'1e200000'}",
        "{\"turn\"=1e200000}",
        "{\"turn\":/**/1e200000/**/}",
        "{\"turn\":\".1e200000\"}",
        "{\"turn\":\"1e\u0662\u0660\u0660\u0660\u0660\u0660\"}"
      })
  void aNumberThatWouldTakeMinutesIsRefused(String json) {
    assertThatThrownBy(
            () -> Codec.JSON.read(ReportOutcomeRequest.getDefaultInstance(), bytes(json)))
        .hasMessage("has a number that is too big");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsNestedDeeplyIsNoMessage() {
    assertThatThrownBy(
            () ->
                Codec.JSON.read(
                    ReportOutcomeRequest.getDefaultInstance(),
                    bytes("{\"turn\":1e99999,\"a\":" + "[".repeat(100_000))))
        .isInstanceOf(MalformedBodyException.class);
  }
}
