package io.tokenbroker.client.cli;

import io.grpc.Status;
import java.util.Optional;

/** What answers where a broker should be, if it is none: a mistaken port, most often. */
final class NoBroker {
  // netty's words; the bytes are "HTTP/", and an alert of TLS: its type and version
  private static final String NO_HTTP2 = "First received frame was not SETTINGS.";
  private static final String HTTP1 = ": 485454502f";
  private static final String TLS = ": 1503";

  private NoBroker() {}

  /**
   * What is wrong, for people; empty if it may well be a broker.
   *
   * @param status made on this side
   */
  static Optional<String> of(Status status, String endpoint) {
    String who = endpoint.contains(",") ? "one of " + endpoint : endpoint;
    return switch (status.getCode()) {
      case INTERNAL, UNKNOWN, UNAVAILABLE ->
          answer(status)
              .map(answer -> who + " does not speak gRPC (" + answer + "): check --endpoint");
      default -> Optional.empty();
    };
  }

  private static Optional<String> answer(Status status) {
    String description = String.valueOf(status.getDescription());
    if (status.getCode() != Status.Code.UNAVAILABLE && description.startsWith("HTTP status code")) {
      return Optional.of("but answers with " + description.lines().findFirst().orElse(""));
    }
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.startsWith(NO_HTTP2)) {
        return Optional.of(
            message.contains(TLS)
                ? "but TLS, which this command does not speak yet, should it be a broker"
                : message.contains(HTTP1) ? "but HTTP/1" : "http2 exception");
      }
    }
    return Optional.empty();
  }
}
