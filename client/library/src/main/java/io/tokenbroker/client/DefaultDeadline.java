package io.tokenbroker.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Gives a deadline to the unary calls that have none, of their own or of their context. */
final class DefaultDeadline implements ClientInterceptor {
  private final long nanos;

  DefaultDeadline(Duration deadline) {
    if (deadline.isZero() || deadline.isNegative()) {
      throw new IllegalArgumentException("deadline must be positive, is " + deadline);
    }
    this.nanos = Durations.saturatedNanos(deadline);
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    boolean bounded =
        options.getDeadline() != null
            || Context.current().getDeadline() != null
            || !method.getType().serverSendsOneMessage();
    return next.newCall(
        method, bounded ? options : options.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS));
  }
}
