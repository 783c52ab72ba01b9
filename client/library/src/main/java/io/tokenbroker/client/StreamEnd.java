package io.tokenbroker.client;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a stream came to an end that nobody here wanted, and whether to open the next one.
 *
 * @param passes true if waiting helps: the broker is away, or says by a RetryInfo when to try again
 */
record StreamEnd(Status status, @Nullable Metadata trailers, boolean passes) {
  /**
   * @param error null if the broker ended the stream with OK
   * @param closed whether the stream was cancelled here
   */
  static StreamEnd of(@Nullable Throwable error, boolean closed) {
    if (error == null) {
      return new StreamEnd(
          Status.UNAVAILABLE.withDescription("the broker ended the stream early"), null, true);
    }
    Status status = Status.fromThrowable(error);
    // CANCELLED that was not ours comes from a broker that stops without a grace
    boolean passes =
        status.getCode() == Status.Code.CANCELLED ? !closed : BrokerErrors.isWorthAWait(error);
    return new StreamEnd(status, Status.trailersFromThrowable(error), passes);
  }

  /** One for each who is told: it has the stack of its maker. */
  StatusRuntimeException failure() {
    return status.asRuntimeException(trailers);
  }

  /** How long to wait before the next stream. */
  Duration delay(Backoff backoff) {
    return backoff.next(BrokerErrors.retryAfter(failure()).orElse(null));
  }
}
