package io.tokenbroker.server.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces calls as the variables {@code OTEL_…} of the process say. Thread-safe; no call waits for
 * what is told to a collector.
 */
public final class Tracing implements AutoCloseable {
  private static final String NAME = "tokenbroker";

  /** For what has ended and is not told yet. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** What we don't do, whatever the variables say: metrics and logs have their own ways out. */
  private static final Map<String, String> ALWAYS =
      Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none");

  private static final Map<String, String> DEFAULTS =
      Map.of("otel.exporter.otlp.protocol", "http/protobuf");

  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  /** That of the SDK, where nobody has said any. */
  private static final String UNKNOWN = "unknown_service";

  private static final TextMapGetter<Headers> FROM =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable Headers headers, String name) {
          return headers == null ? null : headers.get(name);
        }
      };

  private final OpenTelemetrySdk sdk;
  private final Tracer tracer;
  private final TextMapPropagator propagator;

  Tracing(OpenTelemetrySdk sdk, String version) {
    this.sdk = sdk;
    this.tracer =
        sdk.getTracerProvider().tracerBuilder(NAME).setInstrumentationVersion(version).build();
    this.propagator = sdk.getPropagators().getTextMapPropagator();
  }

  /**
   * @param version of this broker; may be empty
   * @throws IllegalArgumentException if the variables can't be used, with a message that says why
   */
  public static Tracing start(String version) {
    try {
      return new Tracing(
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .addPropertiesSupplier(() -> DEFAULTS)
              .addPropertiesCustomizer(given -> ALWAYS)
              .addSpanExporterCustomizer((exporter, given) -> new ReportedExporter(exporter))
              .addResourceCustomizer((resource, given) -> named(resource))
              .build()
              .getOpenTelemetrySdk(),
          version);
    } catch (RuntimeException e) {
      // ConfigurationException, and what an exporter throws of its settings
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Resource named(Resource resource) {
    String given = resource.getAttribute(SERVICE_NAME);
    return given == null || given.startsWith(UNKNOWN)
        ? resource.merge(Resource.create(Attributes.of(SERVICE_NAME, NAME)))
        : resource;
  }

  /** How a header is found in what holds those of a call. */
  @FunctionalInterface
  public interface Headers {
    @Nullable String get(String name);
  }

  /**
   * A call has come.
   *
   * @param service with its package
   * @param headers may tell in whose trace it is
   */
  public CallSpan begin(String service, String method, Headers headers) {
    Context parent = propagator.extract(Context.root(), headers, FROM);
    Span span =
        tracer
            .spanBuilder(service + "/" + method)
            .setParent(parent)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("rpc.system", "grpc")
            .setAttribute("rpc.service", service)
            .setAttribute("rpc.method", method)
            .startSpan();
    return new CallSpan(tracer, propagator, parent.with(span), span);
  }

  /** Waits a moment for what is still to be told. */
  @Override
  public void close() {
    var unused =
        sdk.getSdkTracerProvider().shutdown().join(GRACE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
