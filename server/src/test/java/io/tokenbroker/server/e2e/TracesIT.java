package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TraceCollector;
import io.tokenbroker.server.testing.TraceCollector.Told;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector of OpenTelemetry hears of a daemon. */
class TracesIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String TRACEPARENT = "00-" + TRACE + "-" + PARENT + "-01";
  private static final String SERVICE = "tokenbroker.v1.TokenBroker";

  @TempDir Path directory;
  private TraceCollector collector;

  @BeforeEach
  void collector() throws IOException {
    collector = new TraceCollector();
  }

  @AfterEach
  void close() {
    collector.close();
  }

  private Broker start(Map<String, String> otel) throws Exception {
    Map<String, String> variables = new HashMap<>(otel);
    variables.put("OTEL_BSP_SCHEDULE_DELAY", "50");
    return Broker.startWith(
        variables, directory.resolve("data"), Map.of("LISTEN_HTTP", "127.0.0.1:0"));
  }

  private Told awaitSpan(String name) {
    Eventually.until(name, () -> spans(name).findAny().isPresent());
    return spans(name).findFirst().orElseThrow();
  }

  private Stream<Told> spans(String name) {
    return collector.told().stream().filter(span -> span.name().equals(name));
  }

  @Test
  void aCallIsPartOfItsCallersTraceAndHasItsParts() throws Exception {
    try (Broker broker = start(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()));
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 2, 1)).hasSize(2);
      Metadata headers = new Metadata();
      headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), TRACEPARENT);
      var traced =
          caller.data().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
      Turn turn = traced.nextToken(Caller.request("acme")).getTurn();
      assertThat(turn.getSecret()).startsWith(Broker.SECRET);

      Told call = awaitSpan(SERVICE + "/NextToken");
      assertThat(call.trace()).isEqualTo(TRACE);
      assertThat(call.parent()).isEqualTo(PARENT);
      assertThat(call.service()).isEqualTo("tokenbroker");
      assertThat(call.attributes())
          .containsEntry("rpc.system", "grpc")
          .containsEntry("rpc.service", SERVICE)
          .containsEntry("rpc.method", "NextToken")
          .containsEntry("rpc.grpc.status_code", "0")
          .containsEntry("tokenbroker.account", "acme");
      assertThat(call.status()).isZero();
      assertThat(awaitSpan("load account"))
          .matches(load -> load.trace().equals(TRACE) && load.parent().equals(call.id()));

      for (int i = 0; i < 2; i++) { // the account's settings of leases are known by the second
        var lease =
            traced.acquireLease(
                AcquireLeaseRequest.newBuilder().setAccount("acme").setHolder("it").build());
        assertThat(lease.getLease().getSecret()).isNotEmpty();
      }
      Eventually.until("both are told", () -> spans(SERVICE + "/AcquireLease").count() == 2);
      assertThat(spans(SERVICE + "/AcquireLease").map(Told::id))
          .contains(awaitSpan("commit lease").parent());
      assertThat(collector.raw()).doesNotContain(Broker.SECRET);
    }
  }

  @Test
  void aCallOverHttpIsTracedToo() throws Exception {
    try (Broker broker = start(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()))) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://" + broker.httpAddress() + "/" + SERVICE + "/NextToken"))
              .header("content-type", "application/json")
              .header("traceparent", TRACEPARENT)
              .POST(HttpRequest.BodyPublishers.ofString("{\"account\":\"nobody\"}"))
              .build();
      assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode())
          .isEqualTo(404);
      Told call = awaitSpan(SERVICE + "/NextToken");
      assertThat(call.trace()).isEqualTo(TRACE);
      assertThat(call.parent()).isEqualTo(PARENT);
      assertThat(call.attributes()).containsEntry("rpc.grpc.status_code", "5");
      assertThat(call.status()).as("no fault of the broker").isZero();
    }
  }

  @Test
  void aCollectorThatIsAwayHurtsNobody() throws Exception {
    int port;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    try (Broker broker = start(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + port))) {
      try (Caller caller = broker.caller()) {
        assertThat(caller.add("acme", 2, 1)).hasSize(2);
        IntStream.range(0, 5_000)
            .forEach(i -> assertThat(caller.next("acme").getNumber()).isPositive());
      }
      // once the exporter has tried for some seconds
      Eventually.until("it says so", () -> broker.log().firstWith("collector").isPresent());
      assertThat(broker.stop()).isZero();
      assertThat(broker.log().lines().stream().filter(line -> line.contains("collector")))
          .singleElement()
          .asString()
          .contains("\"WARN\"", "ConnectException", "not taken by the collector");
    }
  }

  @Test
  void whatCanNotBeUsedStopsTheStartWithAWord() throws Exception {
    Cli.Result result =
        Cli.run(
            Map.of(
                "OTEL_TRACES_EXPORTER",
                "made-up",
                "TOKENBROKER_DATA",
                directory.resolve("data").toString(),
                "TOKENBROKER_LISTEN",
                "127.0.0.1:0"),
            "",
            "serve");
    assertThat(result.exit()).isNotZero();
    assertThat(result.err()).contains("OTEL_", "made-up").doesNotContain("\tat ");
  }

  @Test
  void unlessAskedForNothingOfItIsLoaded() throws Exception {
    for (Map<String, String> off :
        List.of(
            Map.<String, String>of(),
            Map.of("OTEL_TRACES_EXPORTER", "none"),
            Map.of(
                "OTEL_SDK_DISABLED",
                "true",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                collector.endpoint()))) {
      Path classes = directory.resolve("classes");
      Map<String, String> variables = new HashMap<>(off);
      variables.put("TOKENBROKER_JAVA_OPTS", "-Xmx512m -Xlog:class+load:file=" + classes);
      try (Broker broker = start(variables)) {
        try (Caller caller = broker.caller()) {
          assertThat(caller.add("acme", 2, 1)).hasSize(2);
          assertThat(caller.next("acme").getNumber()).isPositive();
        }
        assertThat(broker.stop()).isZero();
      }
      assertThat(Files.readString(classes))
          .contains("io.tokenbroker.server.rotation.RotationTable ")
          .doesNotContain("io.opentelemetry.");
      Files.delete(classes);
    }
    assertThat(collector.told()).isEmpty();
  }
}
