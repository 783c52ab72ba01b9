package io.tokenbroker.server.trace;

import java.util.Map;
import java.util.stream.Stream;

/** The standard variables of OpenTelemetry, as far as they say whether anything is traced. */
public final class TracingVariables {
  private TracingVariables() {}

  /**
   * Whether they ask for traces: by an endpoint or an exporter, unless they say no.
   *
   * @param environment all variables of a process
   */
  public static boolean ask(Map<String, String> environment) {
    String exporter = value(environment, "OTEL_TRACES_EXPORTER");
    boolean endpoint =
        Stream.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .anyMatch(name -> !value(environment, name).isEmpty());
    return !value(environment, "OTEL_SDK_DISABLED").equalsIgnoreCase("true")
        && !exporter.equals("none")
        && (endpoint || !exporter.isEmpty());
  }

  private static String value(Map<String, String> environment, String name) {
    return environment.getOrDefault(name, "").strip();
  }
}
