package io.tokenbroker.server.grpc;

import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls by method and code, and how long they took, from the first byte until the answer is
 * handed to the transport. Thread-safe; costs a call some adders.
 */
public final class RpcCounts extends ServerStreamTracer.Factory {
  /** Upper bounds in nanoseconds; there is one bucket more, for what took longer. */
  private static final long[] BOUNDS = {
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000L,
    10_000_000_000L,
  };

  private static final int CODES = Status.Code.values().length;

  private final LongSupplier ticker;
  private final Map<String, Method> methods = new HashMap<>();

  /** Of all that is no method of the services: their names are whatever callers say. */
  private final Method others = new Method("other", false);

  /**
   * @param services whose methods are told one by one
   * @param ticker monotonic nanoseconds
   */
  public RpcCounts(List<BindableService> services, LongSupplier ticker) {
    this.ticker = ticker;
    services.stream()
        .flatMap(service -> service.bindService().getMethods().stream())
        .map(method -> method.getMethodDescriptor())
        .forEach(this::count);
    count(PeerStream.METHOD);
  }

  private void count(MethodDescriptor<?, ?> method) {
    methods.put(method.getFullMethodName(), new Method(method));
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String name, Metadata headers) {
    return new Timed(methods.getOrDefault(name, others), ticker.getAsLong());
  }

  /** What has been counted until now, of each method that was called. */
  public List<Reading> read() {
    List<Reading> readings = new ArrayList<>();
    methods.values().forEach(method -> method.read(readings));
    others.read(readings);
    return readings;
  }

  /** In seconds. */
  public static double[] bounds() {
    return DurationCounts.seconds(BOUNDS);
  }

  /**
   * @param method without the package: {@code TokenBroker/NextToken}
   * @param code such as NOT_FOUND
   * @param buckets one more than there are bounds, each for itself; empty for a stream, which lasts
   *     as long as its caller likes
   */
  public record Reading(
      String method, String code, long count, List<Long> buckets, double seconds) {
    public Reading {
      buckets = List.copyOf(buckets);
    }
  }

  private final class Timed extends ServerStreamTracer {
    private final Method method;
    private final long begun;

    Timed(Method method, long begun) {
      this.method = method;
      this.begun = begun;
    }

    @Override
    public void streamClosed(Status status) {
      method.count(status.getCode(), ticker.getAsLong() - begun);
    }
  }

  private static final class Method {
    private final String name;
    private final Code[] codes = new Code[CODES];

    Method(MethodDescriptor<?, ?> method) {
      this(AuditRefusal.method(method), method.getType() == MethodDescriptor.MethodType.UNARY);
    }

    Method(String name, boolean unary) {
      this.name = name;
      Arrays.setAll(codes, code -> new Code(unary ? new DurationCounts(BOUNDS) : null));
    }

    void count(Status.Code code, long nanos) {
      codes[code.value()].count(nanos);
    }

    void read(List<Reading> into) {
      for (Status.Code code : Status.Code.values()) {
        Code counted = codes[code.value()];
        long count = counted.count.sum();
        if (count > 0) {
          into.add(
              new Reading(
                  name,
                  code.name(),
                  count,
                  counted.took == null ? List.of() : counted.took.buckets(),
                  counted.took == null ? 0 : counted.took.seconds()));
        }
      }
    }
  }

  private static final class Code {
    final LongAdder count = new LongAdder();
    final @Nullable DurationCounts took;

    Code(@Nullable DurationCounts took) {
      this.took = took;
    }

    void count(long nanos) {
      count.increment();
      if (took != null) {
        took.count(nanos);
      }
    }
  }
}
