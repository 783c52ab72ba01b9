package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.telemetry.Metric;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus gets of a daemon. */
class MetricsIT {
  private static final int MAX_ACCOUNTS = 5;

  /** What an account's name has at the most: 255 characters of 3 bytes each. */
  private static final String LONG_NAME = "\u20ac".repeat(250);

  @TempDir Path directory;

  private Broker start() throws InterruptedException {
    return Broker.start(
        directory.resolve("data"),
        Map.of(
            "LISTEN_HTTP",
            "127.0.0.1:0",
            "METRICS_MAX_ACCOUNTS",
            String.valueOf(MAX_ACCOUNTS),
            "AUDIT_FILE",
            directory.resolve("audit.jsonl").toString()),
        "--demo");
  }

  private static String scrape(Broker of) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + of.httpAddress() + "/metrics")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void promtoolFindsNothingWrong() throws Exception {
    Path promtool =
        Tools.find("bin/promtool", "promtool")
            .orElseThrow(() -> Tools.missing("there is no promtool"));
    try (Broker broker = start()) {
      try (Caller caller = broker.caller()) {
        assertThat(caller.next("demo").getSecret()).isNotEmpty();
      }
      String told = scrape(broker);
      Path text = Files.writeString(directory.resolve("metrics"), told);
      Tools.Ran ran =
          Tools.run(
              new ProcessBuilder(promtool.toString(), "check", "metrics")
                  .redirectInput(text.toFile()));
      assertThat(ran.output()).isEmpty();
      assertThat(ran.exit()).isZero();
      assertThat(Metric.values())
          .filteredOn(
              metric ->
                  metric != Metric.CERTIFICATE_EXPIRY // there is no TLS
                      && metric != Metric.TOKEN_EXPIRY // none has one
                      && !metric.name().startsWith("WEBHOOK") // nobody is told
                      && !metric.name().startsWith("FLEET_")) // there is none
          .allMatch(metric -> told.contains("# TYPE " + metric.text() + " "));
    }
  }

  @Test
  void aScrapeDoesNotGrowWithTheAccounts() throws Exception {
    try (Broker broker = start();
        Caller caller = broker.caller()) {
      int[] sizes = new int[2];
      int[] accounts = {MAX_ACCOUNTS, 10 * MAX_ACCOUNTS};
      int added = 0;
      for (int i = 0; i < sizes.length; i++) {
        for (; added < accounts[i]; added++) {
          String account = LONG_NAME + added;
          assertThat(caller.add(account, 1, 1)).hasSize(1);
          assertThat(caller.next(account).getNumber()).isEqualTo(1);
        }
        String text = scrape(broker);
        assertThat(text).contains("tokenbroker_accounts_loaded " + accounts[i] + ".0");
        assertThat(text.lines().filter(line -> line.startsWith("tokenbroker_account_tokens{")))
            .hasSize(MAX_ACCOUNTS);
        sizes[i] = text.getBytes(StandardCharsets.UTF_8).length;
      }
      assertThat(sizes[1]).isLessThan(sizes[0] + 4_096).isLessThan(64 * 1024);
    }
  }
}
