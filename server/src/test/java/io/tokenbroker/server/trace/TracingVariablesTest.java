package io.tokenbroker.server.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TracingVariablesTest {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String THERE = "http://127.0.0.1:4318";

  @Test
  void askByAnEndpointOrAnExporter() {
    assertThat(TracingVariables.ask(Map.of(ENDPOINT, THERE))).isTrue();
    assertThat(TracingVariables.ask(Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", THERE))).isTrue();
    assertThat(TracingVariables.ask(Map.of("OTEL_TRACES_EXPORTER", "otlp"))).isTrue();
  }

  @Test
  void askForNothingByThemselves() {
    assertThat(TracingVariables.ask(Map.of())).isFalse();
    assertThat(TracingVariables.ask(Map.of(ENDPOINT, " "))).isFalse();
    assertThat(TracingVariables.ask(Map.of("OTEL_SERVICE_NAME", "made-up"))).isFalse();
  }

  @Test
  void aProtocolThatIsNotSpokenIsNamed() {
    String all = "OTEL_EXPORTER_OTLP_PROTOCOL";
    String traces = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
    assertThatThrownBy(() -> TracingVariables.requireHttp(Map.of(all, "grpc")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(all, "is grpc", "http/protobuf");
    assertThatCode(() -> TracingVariables.requireHttp(Map.of(all, "grpc", traces, "http/protobuf")))
        .doesNotThrowAnyException();
    assertThatCode(() -> TracingVariables.requireHttp(Map.of())).doesNotThrowAnyException();
  }

  @Test
  void noIsNo() {
    assertThat(TracingVariables.ask(Map.of(ENDPOINT, THERE, "OTEL_TRACES_EXPORTER", "none")))
        .isFalse();
    assertThat(TracingVariables.ask(Map.of(ENDPOINT, THERE, "OTEL_SDK_DISABLED", "TRUE")))
        .isFalse();
  }

  @Test
  void theCollectorIsBelowAGeneralEndpoint() {
    String traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    assertThat(TracingVariables.collector(Map.of())).hasToString("http://localhost:4318/v1/traces");
    assertThat(TracingVariables.collector(Map.of(ENDPOINT, "https://example.com/otlp/")))
        .hasToString("https://example.com/otlp/v1/traces");
    assertThat(TracingVariables.collector(Map.of(ENDPOINT, THERE, traces, THERE + "/mine")))
        .hasToString(THERE + "/mine");
    assertThatThrownBy(() -> TracingVariables.collector(Map.of(ENDPOINT, "localhost:4318")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(ENDPOINT + " is no URL with http:// or https://");
  }
}
