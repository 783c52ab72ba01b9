package io.tokenbroker.server.trace;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The standard variables of OpenTelemetry, as far as they say whether anything is traced. */
public final class TracingVariables {
  /** That of the SDK over HTTP. */
  private static final String DEFAULT_ENDPOINT = "http://localhost:4318";

  private static final Set<String> SCHEMES = Set.of("http", "https");

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

  /**
   * @throws IllegalArgumentException if they ask for a protocol that is not spoken here: what the
   *     SDK says of it is no help
   */
  public static void requireHttp(Map<String, String> environment) {
    for (String name :
        List.of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")) {
      String protocol = value(environment, name);
      if (!protocol.isEmpty() && !protocol.equals("http/protobuf")) {
        throw new IllegalArgumentException(
            "%s is %s, and only http/protobuf is spoken here, to port 4318 of most collectors"
                .formatted(name, protocol));
      }
      if (!protocol.isEmpty()) {
        return; // that of traces alone goes before
      }
    }
  }

  /**
   * Where traces go: of the path of a general endpoint, what lies below it.
   *
   * @throws IllegalArgumentException if that is no URL of HTTP
   */
  public static URI collector(Map<String, String> environment) {
    String name = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    String whole = value(environment, name);
    if (whole.isEmpty()) {
      name = "OTEL_EXPORTER_OTLP_ENDPOINT";
      String base = value(environment, name);
      whole = (base.isEmpty() ? DEFAULT_ENDPOINT : base).replaceFirst("/$", "") + "/v1/traces";
    }
    URI collector = URI.create(whole);
    if (collector.getHost() == null || !SCHEMES.contains(collector.getScheme())) {
      throw new IllegalArgumentException(name + " is no URL with http:// or https://");
    }
    return collector;
  }

  /** Of the CAs that the collector's may be of; empty for what Java trusts. */
  public static Optional<Path> certificates(Map<String, String> environment) {
    return Stream.of("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE")
        .map(name -> value(environment, name))
        .filter(file -> !file.isEmpty())
        .findFirst()
        .map(Path::of);
  }

  private static String value(Map<String, String> environment, String name) {
    return environment.getOrDefault(name, "").strip();
  }
}
