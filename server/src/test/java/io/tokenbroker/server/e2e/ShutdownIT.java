package io.tokenbroker.server.e2e;

import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.NOT_SERVING;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.server.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while calls and streams run. */
class ShutdownIT {
  private static final Map<String, String> SETTINGS =
      Map.of("SHUTDOWN_DELAY", "1s", "SHUTDOWN_GRACE", "10s", "POSITION_INTERVAL", "1m");

  @TempDir Path directory;

  @Test
  void underLoadNoCallFailsButThoseToldToRetry() throws InterruptedException {
    long highest;
    try (Broker broker = Broker.start(directory, SETTINGS);
        Caller one = broker.caller();
        Caller two = broker.caller();
        TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint());
        Load load = new Load("a")) {
      List<String> unused = one.add("a", 3, 1);
      List<Health> health =
          Stream.of("", "tokenbroker.v1.TokenBroker", "tokenbroker.v1.TokenBrokerAdmin")
              .map(service -> Health.watch(one, service))
              .toList();
      for (Caller caller : List.of(one, two)) {
        load.call(caller);
        load.call(caller);
        load.stream(caller);
      }
      load.call(client);
      load.take(client);
      Eventually.until("load is on", () -> load.answers.get() > 1_000);
      Eventually.until("health is seen", () -> health.stream().allMatch(h -> h.seen().size() == 1));
      assertThat(load.running).hasValue(8);

      broker.terminate();
      long asked = System.nanoTime();
      Eventually.until("health turns", () -> health.stream().allMatch(h -> h.seen().size() == 2));
      long answers = load.answers.get();
      // the delay: balancers know, and callers notice nothing yet
      Eventually.until("calls are still answered", () -> load.answers.get() > answers + 100);
      assertThat(broker.awaitExit()).isZero();
      Duration took = Duration.ofNanos(System.nanoTime() - asked);

      Eventually.until("all have ended", () -> load.running.get() == 0);
      System.out.printf(
          "SIGTERM under load: exit 0 after %d ms (delay 1 s), %d calls answered, failures: %s, %s%n",
          took.toMillis(),
          load.answers.get(),
          load.failedCalls.stream().map(Failures::text).toList(),
          load.failedStreams.stream().map(Failures::text).toList());
      assertThat(health)
          .allSatisfy(h -> assertThat(h.seen()).containsExactly(SERVING, NOT_SERVING));
      assertThat(load.failedCalls)
          .hasSize(5)
          .allMatch(failure -> Failures.text(failure).startsWith("UNAVAILABLE"));
      assertThat(load.failedStreams)
          .hasSize(3)
          .allMatch(failure -> Failures.text(failure).startsWith("UNAVAILABLE"))
          .anyMatch(failure -> Failures.text(failure).equals("UNAVAILABLE SHUTTING_DOWN"));
      assertThat(broker.log().text()).contains("\"stopped\"").doesNotContain("cut off");
      highest = load.highest.get();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      assertThat(caller.next("a").getNumber()).isGreaterThan(highest);
      assertThat(broker.stop()).isZero();
    }
  }
}
