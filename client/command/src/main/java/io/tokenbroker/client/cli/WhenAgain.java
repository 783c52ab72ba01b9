package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that tell when the upstream will take the token again. */
final class WhenAgain {
  @Option(
      names = "--retry-after",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "How long the upstream asked to wait: 6s, 10m. Not with --reset-time.")
  private @Nullable Duration retryAfter;

  @Option(
      names = "--reset-time",
      paramLabel = "TIME",
      converter = TimestampConverter.class,
      description =
          "When the upstream will take the token again, such as 2030-01-31T12:00:00Z. Not with"
              + " --retry-after.")
  private @Nullable Timestamp resetTime;

  boolean isGiven() {
    return retryAfter != null || resetTime != null;
  }

  Report report(Outcome outcome) {
    Report.Builder report = Report.newBuilder().setOutcome(outcome);
    if (retryAfter != null) {
      report.setRetryAfter(Times.duration(retryAfter));
    }
    if (resetTime != null) {
      report.setResetTime(resetTime);
    }
    return report.build();
  }
}
