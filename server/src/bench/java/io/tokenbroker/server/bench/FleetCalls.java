package io.tokenbroker.server.bench;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls for one account after the other, through one broker after the other, so many a second
 * whatever becomes of them, and what did. Times are monotonic, in nanoseconds.
 */
final class FleetCalls implements Runnable {
  private static final Metadata.Key<String> SPLIT =
      Metadata.Key.of("tokenbroker-split", Metadata.ASCII_STRING_MARSHALLER);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int DEADLINE_SECONDS = 20;

  private final List<String> accounts;
  private final long paceNanos;
  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
  private volatile List<ManagedChannel> brokers;
  private volatile boolean over;

  /**
   * A call that has ended.
   *
   * @param failure empty for a turn
   * @param split whether it was answered instead of an owner that could not be reached
   */
  private record Call(String account, long begin, long end, String failure, boolean split) {
    boolean isGood() {
      return failure.isEmpty() && !split;
    }

    long nanos() {
      return end - begin;
    }
  }

  FleetCalls(List<String> accounts, int perSecond, List<ManagedChannel> brokers) {
    this.accounts = accounts;
    this.paceNanos = SECOND / perSecond;
    this.brokers = brokers;
  }

  /** From now on these are asked. */
  void through(List<ManagedChannel> some) {
    brokers = some;
  }

  @Override
  public void run() {
    long due = System.nanoTime();
    for (int i = 0; !over; i++) {
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      List<ManagedChannel> now = brokers;
      // each account through each broker in turn
      call(now.get((i + i / accounts.size()) % now.size()), accounts.get(i % accounts.size()), due);
      due += paceNanos;
    }
  }

  /** From when it was due: a call that had to wait for another waited too. */
  private void call(ManagedChannel broker, String account, long due) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    TokenBrokerGrpc.newStub(broker)
        .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .nextToken(
            NextTokenRequest.newBuilder().setAccount(account).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(NextTokenResponse answer) {}

              @Override
              public void onError(Throwable failure) {
                Status status = Status.fromThrowable(failure);
                ended("%s (%s)".formatted(status.getCode(), status.getDescription()));
              }

              @Override
              public void onCompleted() {
                ended("");
              }

              private void ended(String failure) {
                Metadata told = trailers.get();
                boolean split = told != null && told.containsKey(SPLIT);
                calls.add(new Call(account, due, System.nanoTime(), failure, split));
              }
            });
  }

  void end() {
    over = true;
  }

  /** Of the calls that began between two times. */
  void tell(String what, long from, long to) {
    List<Call> those =
        calls.stream().filter(call -> call.begin - from >= 0 && call.begin - to < 0).toList();
    Map<Long, List<Call>> bySecond = new TreeMap<>();
    those.forEach(
        c -> bySecond.computeIfAbsent((c.begin - from) / SECOND, any -> new ArrayList<>()).add(c));
    double worst = bySecond.values().stream().mapToDouble(FleetCalls::p99Millis).max().orElse(0);
    System.out.printf(
        "  %-18s %6d calls, %d failed, %d in a split, p99 of the worst second %.1f ms, longest %.1f ms%n",
        what,
        those.size(),
        those.stream().filter(call -> !call.failure.isEmpty()).count(),
        those.stream().filter(Call::split).count(),
        worst,
        those.stream().mapToLong(Call::nanos).max().orElse(0) / 1e6);
    Map<String, Long> failures = new TreeMap<>();
    those.forEach(call -> failures.merge(call.failure, 1L, Long::sum));
    failures.remove("");
    failures.forEach((failure, count) -> System.out.printf("    %d times %s%n", count, failure));
  }

  private static double p99Millis(List<Call> some) {
    long[] sorted = some.stream().mapToLong(Call::nanos).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length * 99 / 100] / 1e6;
  }

  /**
   * When each account was served by an owner again, and has been since; of those that were not all
   * the time.
   *
   * @param from when their owner was killed
   */
  void tellReturn(long from) {
    Map<String, Long> lastBad = new HashMap<>();
    for (Call call : calls) {
      if (call.end - from >= 0 && !call.isGood()) {
        lastBad.merge(call.account, call.end, (a, b) -> a - b > 0 ? a : b);
      }
    }
    Map<String, Long> back = new HashMap<>();
    for (Call call : calls) {
      Long bad = lastBad.get(call.account);
      // what waited for the next owner was not served before either
      boolean waited = call.begin - from >= 0 && call.nanos() > SECOND / 2;
      if (call.isGood() && (bad == null ? waited : call.end - bad >= 0)) {
        back.merge(call.account, call.end, (a, b) -> a - b < 0 ? a : b);
      }
    }
    Set<String> never = new HashSet<>(lastBad.keySet());
    never.removeAll(back.keySet());
    long[] seconds = back.values().stream().mapToLong(end -> end - from).sorted().toArray();
    System.out.printf(
        "  %d of %d accounts had to wait for another owner: the first for %.2f s, half of them for %.2f s,"
            + " the last for %.2f s; %d were never served again%n",
        back.size() + never.size(),
        accounts.size(),
        seconds.length == 0 ? 0 : seconds[0] / 1e9,
        seconds.length == 0 ? 0 : seconds[seconds.length / 2] / 1e9,
        seconds.length == 0 ? 0 : seconds[seconds.length - 1] / 1e9,
        never.size());
  }
}
