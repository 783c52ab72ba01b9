package io.tokenbroker.client.cli;

import com.google.gson.JsonObject;
import io.grpc.Status;
import io.tokenbroker.client.BrokerErrors;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TurnOptions;
import io.tokenbroker.client.cli.bench.LatencyPlot;
import io.tokenbroker.client.cli.bench.Load;
import io.tokenbroker.client.cli.bench.Measured;
import io.tokenbroker.client.cli.bench.Pacing;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How long turns take. */
@Command(
    name = "bench",
    description = {
      "Take turns at a rate, or as fast as they come, and tell how long each took.",
      "",
      "They are real turns: they count against the limits of the tokens."
    },
    footer = {
      "",
      "With --rate, a call's time counts from when it was to begin, so that what waits behind a slow"
          + " answer counts as well; what could not begin at all by the end is told apart. Without, --concurrency calls are open at any time, and each"
          + " counts from its own begin: a broker that stalls looks better than it is.",
      "The times are this machine's, with all that the command itself takes.",
      "Exit code 1: some calls failed; stderr says why."
    })
final class BenchCommand implements Callable<Integer> {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final int MOST_CONCURRENT = 1000;
  private static final int MOST_PER_SECOND = 1_000_000;

  @Mixin private final Remote remote = new Remote();

  @Parameters(
      arity = "1..*",
      paramLabel = "ACCOUNT",
      description = "Whose turns, one after the other.")
  private List<String> accounts = List.of();

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Calls a second, up to 1000000. Default: as many as are answered.")
  private double rate;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "How many calls may be open at a time, 1 to 1000. Default: 16.")
  private int concurrency = 16;

  @Option(
      names = "--ramp",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description =
          "For so long calls don't count, until all is warm; a rate rises from none. Default: 2s.")
  private Duration ramp = TWO_SECONDS;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "For so long calls begin after that. Default: 10s.")
  private Duration duration = TEN_SECONDS;

  @Option(
      names = "--scope",
      paramLabel = "S",
      description = "What the tokens are for, say a model.")
  private String scope = "";

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Draw the times as SVG. An existing file is written over.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws InterruptedException, IOException {
    check();
    Pacing pacing = new Pacing(rate, ramp, duration);
    Measured measured;
    try (TokenBrokerClient client = remote.connect()) {
      TurnOptions options = TurnOptions.DEFAULT.withScope(scope);
      for (String account : accounts) { // what is wrong with all calls is told at once
        Turn unused = client.nextToken(account, options);
      }
      AtomicLong calls = new AtomicLong();
      Runnable call =
          () -> {
            int which = (int) (calls.getAndIncrement() % accounts.size());
            Turn unused = client.nextToken(accounts.get(which), options);
          };
      measured = new Load(pacing, concurrency, call, BenchCommand::reason).run(this::progress);
    }
    print(measured);
    if (plot != null) {
      Files.writeString(plot, LatencyPlot.svg(title(measured), measured));
    }
    return measured.failed() == 0 ? ExitCodes.OK : ExitCodes.UNEXPECTED;
  }

  private void check() {
    if (rate < 0 || rate > MOST_PER_SECOND || Double.isNaN(rate)) {
      throw remote.usage("--rate must be more than 0, up to " + MOST_PER_SECOND);
    }
    if (concurrency < 1 || concurrency > MOST_CONCURRENT) {
      throw remote.usage("--concurrency must be from 1 to 1000, is " + concurrency);
    }
  }

  private static String reason(RuntimeException failure) {
    return BrokerErrors.reason(failure)
        .orElseGet(() -> Status.fromThrowable(failure).getCode().name());
  }

  private void progress(Measured lately) {
    if (remote.surroundings().isTerminal().test(2)) {
      remote
          .err()
          .printf(
              Locale.ROOT,
              "%8.0f/s   p50 %s ms   p99 %s ms   failed %d%n",
              lately.perSecond(),
              millis(lately.millis(50)),
              millis(lately.millis(99)),
              lately.failed());
      remote.err().flush();
    }
  }

  private void print(Measured measured) {
    if (remote.json()) {
      remote.out().println(json(measured));
    } else {
      Table table =
          new Table(
              "ANSWERED", "A SECOND", "FAILED", "P50 MS", "P90 MS", "P99 MS", "P99.9 MS", "MAX MS");
      table.row(
          Long.toString(measured.answered()),
          String.format(Locale.ROOT, "%.1f", measured.perSecond()),
          Long.toString(measured.failed()),
          millis(measured.millis(50)),
          millis(measured.millis(90)),
          millis(measured.millis(99)),
          millis(measured.millis(99.9)),
          millis(measured.millis(100)));
      table.print(remote.out());
    }
    measured
        .failures()
        .forEach((why, count) -> remote.err().printf("tokenbroker: %d failed: %s%n", count, why));
    long late = notBegun(measured);
    if (late > 0) {
      remote
          .err()
          .printf(
              "tokenbroker: %d calls were due and could not begin in time: the times do not have"
                  + " them; more --concurrency may help%n",
              late);
    }
  }

  /** Of a rate that the broker, or this machine, did not keep up with. */
  private long notBegun(Measured measured) {
    long due = new Pacing(rate, ramp, duration).calls();
    return Math.max(0, due - measured.answered() - measured.failed());
  }

  private JsonObject json(Measured measured) {
    JsonObject json = new JsonObject();
    json.addProperty("answered", measured.answered());
    json.addProperty("per_second", measured.perSecond());
    json.addProperty("seconds", measured.seconds());
    json.addProperty("rate", rate);
    json.addProperty("concurrency", concurrency);
    json.addProperty("failed", measured.failed());
    json.addProperty("not_begun", notBegun(measured));
    JsonObject failures = new JsonObject();
    measured.failures().forEach(failures::addProperty);
    json.add("failures", failures);
    JsonObject latency = new JsonObject();
    latency.addProperty("p50", measured.millis(50));
    latency.addProperty("p90", measured.millis(90));
    latency.addProperty("p99", measured.millis(99));
    latency.addProperty("p99_9", measured.millis(99.9));
    latency.addProperty("max", measured.millis(100));
    json.add("latency_ms", latency);
    return json;
  }

  private String title(Measured measured) {
    return "NextToken: %s, %s a second, %d at a time"
        .formatted(String.join(", ", accounts), number(measured.perSecond()), concurrency);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, "%.3f", millis);
  }
}
