package io.tokenbroker.server.bench;

import com.google.protobuf.Empty;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The processor time that a call costs each of several servers, asked one after the other, round by
 * round, by the same caller. Other than the calls in a second it does not depend on what the caller
 * costs, who runs on the same cores.
 *
 * <p>Arguments: rounds; seconds a round; a directory with {@code ca.pem}, {@code client.pem} and
 * {@code client.key}; then for each server {@code NAME:PID:PORT:echo|next:plain|tls}, where the
 * times of several processes, {@code PID+PID}, add up.
 */
public final class CallCost {
  private static final int IN_FLIGHT = 64;
  private static final String ACCOUNT = "demo";

  private record Target(String name, List<Long> pids, boolean echo, ManagedChannel channel) {
    static Target of(String text, Path certificates) throws IOException {
      String[] words = text.split(":", -1);
      ChannelCredentials credentials =
          words[4].equals("plain")
              ? InsecureChannelCredentials.create()
              : TlsChannelCredentials.newBuilder()
                  .trustManager(file(certificates, "ca.pem"))
                  .keyManager(file(certificates, "client.pem"), file(certificates, "client.key"))
                  .build();
      return new Target(
          words[0],
          Stream.of(words[1].split("\\+", -1)).map(Long::valueOf).toList(),
          words[3].equals("echo"),
          NettyChannelBuilder.forAddress("localhost", Integer.parseInt(words[2]), credentials)
              .directExecutor()
              .build());
    }

    private static File file(Path directory, String name) {
      return directory.resolve(name).toFile();
    }

    void call(StreamObserver<Object> answer) {
      if (echo) {
        ClientCalls.asyncUnaryCall(
            channel.newCall(EchoServer.ECHO, CallOptions.DEFAULT),
            Empty.getDefaultInstance(),
            narrow(answer));
      } else {
        TokenBrokerGrpc.newStub(channel)
            .nextToken(NextTokenRequest.newBuilder().setAccount(ACCOUNT).build(), narrow(answer));
      }
    }

    @SuppressWarnings("unchecked") // nothing is done with the answer
    private static <T> StreamObserver<T> narrow(StreamObserver<Object> answer) {
      return (StreamObserver<T>) (StreamObserver<?>) answer;
    }

    long cpuNanos() {
      return pids.stream()
          .map(pid -> ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow())
          .mapToLong(Duration::toNanos)
          .sum();
    }
  }

  /** Calls one target, each time again when it has answered, until the time is over. */
  private static final class Caller {
    private final Target target;
    private final long end;
    private final AtomicLong calls = new AtomicLong();
    private final CountDownLatch running = new CountDownLatch(IN_FLIGHT);

    Caller(Target target, int seconds) {
      this.target = target;
      this.end = System.nanoTime() + seconds * 1_000_000_000L;
    }

    double microsPerCall() throws InterruptedException {
      long before = target.cpuNanos();
      for (int i = 0; i < IN_FLIGHT; i++) {
        call();
      }
      running.await();
      return (target.cpuNanos() - before) / 1e3 / calls.get();
    }

    private void call() {
      target.call(
          new StreamObserver<>() {
            @Override
            public void onNext(Object answer) {
              long unused = calls.incrementAndGet();
            }

            @Override
            public void onError(Throwable failure) {
              throw new IllegalStateException(target.name + " failed", failure);
            }

            @Override
            public void onCompleted() {
              if (System.nanoTime() - end < 0) {
                call();
              } else {
                running.countDown();
              }
            }
          });
    }
  }

  private CallCost() {}

  public static void main(String[] args) throws Exception {
    tell(args);
    // channels included
    System.exit(0);
  }

  static void tell(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    int seconds = Integer.parseInt(args[1]);
    List<Target> targets = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      targets.add(Target.of(args[i], Path.of(args[2])));
    }
    List<List<Double>> costs = new ArrayList<>();
    for (Target target : targets) {
      costs.add(new ArrayList<>());
      // until the compiler rests
      double unused = new Caller(target, 3 * seconds).microsPerCall();
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < targets.size(); i++) {
        costs.get(i).add(new Caller(targets.get(i), seconds).microsPerCall());
      }
    }
    for (int i = 0; i < targets.size(); i++) {
      StringBuilder line = new StringBuilder();
      for (int j = 0; j < i; j++) {
        line.append(
            ", %.3f of %s".formatted(ratio(costs.get(j), costs.get(i)), targets.get(j).name));
      }
      System.out.printf(
          "  %-20s %.1f us a call%s%n", targets.get(i).name, median(costs.get(i)), line);
    }
    targets.forEach(target -> target.channel.shutdownNow());
  }

  /** Of the speeds, round by round: 0.5 is half as fast. */
  private static double ratio(List<Double> of, List<Double> to) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      ratios.add(of.get(i) / to.get(i));
    }
    return median(ratios);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
  }
}
