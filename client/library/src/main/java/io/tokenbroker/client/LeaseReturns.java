package io.tokenbroker.client;

import io.grpc.Context;
import io.grpc.Status;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives leases back to the broker, again and again while it is away: a lease that the stream still
 * renews and nobody has would take its place in the window for ever. Thread-safe.
 */
final class LeaseReturns {
  private final TokenBrokerGrpc.TokenBrokerStub stub;
  private final DelayedExecutor delayed;
  private final DoubleSupplier random;
  private final Consumer<String> onReturned;
  private volatile boolean closed;

  LeaseReturns(
      TokenBrokerGrpc.TokenBrokerStub stub,
      DelayedExecutor delayed,
      DoubleSupplier random,
      Consumer<String> onReturned) {
    this.stub = stub;
    this.delayed = delayed;
    this.random = random;
    this.onReturned = onReturned;
  }

  void give(Lease lease, @Nullable Report report) {
    give(lease, report, new Backoff(random));
  }

  /** From now on nothing is tried twice: the end of the stream releases what is left. */
  void close() {
    closed = true;
  }

  private void give(Lease lease, @Nullable Report report, Backoff backoff) {
    ReleaseLeaseRequest.Builder request =
        ReleaseLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber());
    if (report != null) {
      request.setReport(report);
    }
    Context.current()
        .fork()
        .run(
            () -> {
              CompletableFuture<ReleaseLeaseResponse> answer =
                  PendingAnswer.of(observer -> stub.releaseLease(request.build(), observer));
              var unused =
                  answer.whenComplete((done, error) -> given(lease, report, backoff, error));
            });
  }

  private void given(
      Lease lease, @Nullable Report report, Backoff backoff, @Nullable Throwable error) {
    if (error != null && report != null && Reporter.isRefused(error, report)) {
      give(lease, Reporter.bare(report), backoff);
    } else if (error != null && isWorthAnotherTry(error) && !closed) {
      delayed.run(
          backoff.next(BrokerErrors.retryAfter(error).orElse(null)),
          () -> give(lease, report, backoff));
    } else {
      onReturned.accept(lease.getLeaseId());
    }
  }

  private static boolean isWorthAnotherTry(Throwable error) {
    return switch (Status.fromThrowable(error).getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED, INTERNAL, UNKNOWN -> true;
      default -> false;
    };
  }
}
