package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.trace.TracingVariables;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Whether the collector of traces can be reached; it is told nothing. */
final class TraceCheck {
  private static final String SUBJECT = "traces";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private TraceCheck() {}

  /**
   * @param environment all variables of the process
   */
  static void look(Map<String, String> environment, Findings findings) {
    if (!TracingVariables.ask(environment)) {
      return;
    }
    try {
      // what a start would make of them
      Parts.close(Parts.tracing(environment, ""));
      URI collector = TracingVariables.collector(environment);
      look(collector, TracingVariables.certificates(environment), findings);
    } catch (StartException | IllegalArgumentException | TlsException e) {
      findings.fail(SUBJECT, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void look(URI collector, Optional<Path> certificates, Findings findings)
      throws TlsException, InterruptedException {
    // not the rest of it, which may be a secret
    String address =
        collector.getHost() + (collector.getPort() < 0 ? "" : ":" + collector.getPort());
    HttpClient.Builder client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
    if (certificates.isPresent()) {
      client.sslContext(TrustedCas.of("OTEL_EXPORTER_OTLP_CERTIFICATE", certificates.get()));
    }
    HttpRequest head =
        HttpRequest.newBuilder(collector)
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .timeout(TIMEOUT)
            .build();
    try {
      int status = client.build().send(head, HttpResponse.BodyHandlers.discarding()).statusCode();
      findings.ok(SUBJECT, "%s answers (HTTP status %d)".formatted(address, status));
    } catch (IOException e) {
      findings.warn(
          SUBJECT,
          "%s does not answer (%s): traces are dropped"
              .formatted(address, Failures.cause(e).getClass().getSimpleName()),
          "Look at the collector and OTEL_EXPORTER_OTLP_ENDPOINT: most take HTTP at port 4318.");
    }
  }
}
