package io.tokenbroker.server.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log when the collector does not take what it is told, and when it does again. */
final class ReportedExporter implements SpanExporter {
  private static final Logger log = LoggerFactory.getLogger(ReportedExporter.class);

  private final SpanExporter exporter;
  private final AtomicBoolean failing = new AtomicBoolean();

  ReportedExporter(SpanExporter exporter) {
    this.exporter = exporter;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    return result.whenComplete(() -> tell(result));
  }

  private void tell(CompletableResultCode result) {
    if (failing.getAndSet(!result.isSuccess()) == result.isSuccess()) {
      if (result.isSuccess()) {
        log.info("traces are taken by the collector again");
      } else {
        log.atWarn()
            .addKeyValue("cause", cause(result.getFailureThrowable()))
            .log("traces are not taken by the collector, and dropped");
      }
    }
  }

  private static String cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof IOException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null ? "unknown" : cause.getClass().getSimpleName();
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
