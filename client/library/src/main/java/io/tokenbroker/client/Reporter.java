package io.tokenbroker.client;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.Turn;
import java.time.Duration;

/**
 * Reports on behalf of a caller who has a result already: a report that fails is nobody's error. It
 * is sent even if the caller's gRPC context is over. Thread-safe.
 */
final class Reporter {
  private final TokenBrokerClient broker;

  Reporter(TokenBrokerClient broker) {
    this.broker = broker;
  }

  /**
   * Waits for the broker to know.
   *
   * @return whether it does
   */
  boolean now(String account, Turn turn, String scope, Report report, Duration timeout) {
    Context context = Context.current().fork();
    Context previous = context.attach();
    try {
      broker.reportOutcome(account, turn, scope, report, timeout);
      return true;
    } catch (StatusRuntimeException e) {
      return isRefused(e, report) && now(account, turn, scope, bare(report), timeout);
    } finally {
      context.detach(previous);
    }
  }

  /** Does not wait. */
  void later(String account, Turn turn, String scope, Report report) {
    Context.current()
        .fork()
        .run(
            () -> {
              var unused =
                  broker
                      .reportOutcomeAsync(account, turn, scope, report)
                      .whenComplete(
                          (done, error) -> {
                            if (error != null && isRefused(error, report)) {
                              later(account, turn, scope, bare(report));
                            }
                          });
            });
  }

  /**
   * Times that are right here may be in the past when they arrive, or by the broker's clock: better
   * the outcome alone than none.
   */
  static boolean isRefused(Throwable error, Report report) {
    return Status.fromThrowable(error).getCode() == Status.Code.INVALID_ARGUMENT
        && !report.equals(bare(report));
  }

  static Report bare(Report report) {
    return Report.newBuilder().setOutcomeValue(report.getOutcomeValue()).build();
  }
}
