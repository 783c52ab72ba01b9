package io.tokenbroker.server.bench;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What a broker's process does while calls wait for one account, all of whose tokens cool: its
 * processor time, its threads, and how often any of them went to sleep. On Linux.
 *
 * <p>Arguments: the port of a broker on this machine, its process id, waiters, seconds.
 */
public final class WaitersBench {
  private static final int CALLS_PER_CHANNEL = 1_000;
  private static final String ACCOUNT = "waiters-bench-" + System.nanoTime();

  private final int port;
  private final long pid;
  private final int seconds;
  private final ManagedChannel state;

  private WaitersBench(int port, long pid, int seconds) {
    this.port = port;
    this.pid = pid;
    this.seconds = seconds;
    this.state = channel();
  }

  public static void main(String[] args) throws Exception {
    WaitersBench bench =
        new WaitersBench(
            Integer.parseInt(args[0]), Long.parseLong(args[1]), Integer.parseInt(args[3]));
    bench.run(Integer.parseInt(args[2]));
    // connections included
    System.exit(0);
  }

  private ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .directExecutor()
        .build();
  }

  private void run(int waiters) throws Exception {
    coolAllTokens();
    Iterator<WatchAccountResponse> states =
        TokenBrokerGrpc.newBlockingStub(state)
            .watchAccount(WatchAccountRequest.newBuilder().setAccount(ACCOUNT).build());
    measure("nobody waits");
    List<ListenableFuture<NextTokenResponse>> calls = new ArrayList<>();
    ManagedChannel channel = state;
    for (int i = 0; i < waiters; i++) {
      if (i % CALLS_PER_CHANNEL == 0) {
        channel = channel();
      }
      calls.add(
          TokenBrokerGrpc.newFutureStub(channel)
              .withDeadlineAfter(1, TimeUnit.HOURS)
              .nextToken(NextTokenRequest.newBuilder().setAccount(ACCOUNT).setWait(true).build()));
    }
    await(states, waiters);
    measure("%,d calls wait".formatted(waiters));
    for (int i = 0; i < waiters; i += 2) {
      boolean unused = calls.get(i).cancel(true);
    }
    await(states, waiters / 2);
    measure("%,d calls wait, the others were cancelled".formatted(waiters / 2));
  }

  private void coolAllTokens() {
    List<AddTokensResult> added =
        TokenBrokerAdminGrpc.newBlockingStub(state)
            .addTokens(
                AddTokensRequest.newBuilder()
                    .setAccount(ACCOUNT)
                    .addTokens(NewToken.newBuilder().setSecret("bench-secret-1"))
                    .addTokens(NewToken.newBuilder().setSecret("bench-secret-2"))
                    .build())
            .getResultsList();
    for (AddTokensResult one : added) {
      var unused =
          TokenBrokerGrpc.newBlockingStub(state)
              .reportOutcome(
                  ReportOutcomeRequest.newBuilder()
                      .setAccount(ACCOUNT)
                      .setTokenId(one.getToken().getTokenId())
                      .setReport(
                          Report.newBuilder()
                              .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                              .setRetryAfter(Duration.newBuilder().setSeconds(3_000)))
                      .build());
    }
  }

  private static void await(Iterator<WatchAccountResponse> states, int waiters) {
    while (states.next().getState().getWaiterCount() != waiters) {
      // the next state
    }
  }

  private void measure(String what) throws InterruptedException {
    // what was begun before ends, and its compilation
    TimeUnit.SECONDS.sleep(seconds);
    long sleeps = sleeps();
    long cpu = cpuNanos();
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    double passed = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%s: %.1f ms of processor time, %.0f wake-ups a second; %d threads%n",
        what, (cpuNanos() - cpu) / 1e6 / passed, (sleeps() - sleeps) / passed, tasks().size());
  }

  private long cpuNanos() {
    return ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow().toNanos();
  }

  private List<Path> tasks() {
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return tasks.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A thread that went to sleep of its own accord was woken before. */
  private long sleeps() {
    long sum = 0;
    for (Path task : tasks()) {
      try {
        for (String line : Files.readAllLines(task.resolve("status"))) {
          if (line.startsWith("voluntary_ctxt_switches:")) {
            sum += Long.parseLong(line.replaceAll("\\D", ""));
          }
        }
      } catch (IOException e) {
        // it has ended
      }
    }
    return sum;
  }
}
