package io.tokenbroker.client.cli;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What goes on in a broker, live. */
@Command(
    name = "top",
    description = {
      "Show accounts live: turns per second, tokens, bench, waiters. q or Ctrl-C leaves.",
      "",
      "With one ACCOUNT, its tokens as well. Without a terminal, a line per account."
    },
    footer = {
      "",
      "AVG 10 is the mean of the past 10 samples. Without names, the accounts are shown that the"
          + " broker has loaded, the busiest first."
    })
final class TopCommand implements Callable<Integer> {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** The list costs the broker a query: not with every sample. */
  private static final int SAMPLES_PER_LIST = 10;

  @Mixin private final Remote remote = new Remote();

  @Parameters(arity = "0..*", paramLabel = "ACCOUNT", description = "Which. Default: all loaded.")
  private List<String> accounts = List.of();

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "The time between samples, from 100ms. Default: 1s.")
  private @Nullable Duration interval;

  @Option(
      names = "--once",
      description = "Take two samples, print, and end. Default without terminal and --interval.")
  private boolean once;

  @Override
  public Integer call() throws InterruptedException {
    Duration between = interval == null ? SECOND : interval;
    if (between.toMillis() < 100) {
      throw remote.usage("--interval must be at least 100ms, is " + between.toMillis() + "ms");
    }
    boolean live = !once && !remote.json() && remote.surroundings().isTerminal().test(1);
    try (TokenBrokerClient client = remote.connect()) {
      TopSource source = new TopSource(client, accounts, remote.timeout(), System::nanoTime);
      source.list();
      List<TopRow> first = source.sample(); // a failure is told before the screen is taken
      if (live) {
        watch(source, first, between);
      } else {
        print(source, between, once || interval == null);
      }
      return ExitCodes.OK;
    }
  }

  private void print(TopSource source, Duration between, boolean onlyOnce)
      throws InterruptedException {
    for (int samples = 1; ; samples++) {
      TimeUnit.MILLISECONDS.sleep(between.toMillis());
      if (samples % SAMPLES_PER_LIST == 0) {
        source.list();
      }
      for (TopRow row : source.sample()) {
        remote.out().println(remote.json() ? row.json() : row.line());
      }
      if (remote.out().checkError() || onlyOnce) { // flushes; an error is a reader that went away
        return;
      }
    }
  }

  private void watch(TopSource source, List<TopRow> first, Duration between)
      throws InterruptedException {
    try (LiveTerminal terminal = new LiveTerminal(remote.out(), remote.surroundings().in())) {
      List<TopRow> rows = first;
      String note = note(source);
      for (int samples = 1; ; samples++) {
        int[] size = terminal.size();
        terminal.draw(TopScreen.lines(title(rows), rows, note, Instant.now(), size[1], size[0]));
        if (terminal.quitWithin(between)) {
          return;
        }
        try {
          if (samples % SAMPLES_PER_LIST == 0) {
            source.list();
          }
          rows = source.sample();
          note = note(source);
        } catch (StatusRuntimeException e) {
          // the old rows stay on the screen, and the broker may come back
          note =
              FailureReport.of(e, "", remote.endpointText(), Times.text(remote.timeout())).line();
        }
      }
    }
  }

  private String title(List<TopRow> rows) {
    double rate = rows.stream().mapToDouble(TopRow::rate).sum();
    return "tokenbroker top - "
        + remote.endpointText()
        + " - "
        + Instant.now().atZone(ZoneId.systemDefault()).toLocalTime().truncatedTo(ChronoUnit.SECONDS)
        + " - "
        + rows.size()
        + (rows.size() == 1 ? " account, " : " accounts, ")
        + TopRow.number(rate)
        + " turns/s";
  }

  private static String note(TopSource source) {
    return "q: quit"
        + (source.unseen() == 0 ? "" : "   " + source.unseen() + " account(s) not loaded or shown");
  }
}
