package io.tokenbroker.client.cli;

import io.grpc.Status;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A status in words, with the remedy where the command knows better than the broker. */
final class StatusText {
  /** As grpc-java says it. */
  private static final String CLOSED = "Network closed for unknown reason";

  private StatusText() {}

  /**
   * @param fromBroker whether a broker sent it, or the status was made on this side
   */
  static String of(Status status, boolean fromBroker, String endpoint, String timeout) {
    String description = String.valueOf(status.getDescription());
    if (fromBroker) {
      return description;
    }
    Optional<String> noBroker = NoBroker.of(status, endpoint);
    if (noBroker.isPresent()) {
      return noBroker.get();
    }
    Optional<String> handshake = HandshakeText.of(status, endpoint);
    if (handshake.isPresent()) {
      return handshake.get();
    }
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          "cannot reach the broker at "
              + endpoint
              + ": "
              + why(status)
              + ". Is it running? Start it with `tokenbroker serve`, or name another with"
              + " --endpoint.";
      case DEADLINE_EXCEEDED ->
          "no answer from the broker at "
              + endpoint
              + " within "
              + timeout
              + ". Wait longer with --timeout, or name another with --endpoint.";
      case UNIMPLEMENTED ->
          "the broker at "
              + endpoint
              + " does not know this call. Is it a token broker, and not older than this command?";
      default -> status.getCode() + ": " + description;
    };
  }

  private static String why(Status status) {
    Throwable root = root(status.getCause());
    String message = root == null ? null : root.getMessage();
    if (root instanceof FileNotFoundException) {
      return "there is no such socket"; // as netty says it
    }
    if (message != null && message.endsWith("Permission denied")) {
      return "this user may not connect to that socket";
    }
    if (root instanceof ConnectException && message != null) {
      return message.contains("refused") ? "connection refused" : firstClause(message);
    }
    String description = status.getDescription();
    if (CLOSED.equals(description)) {
      return "the connection was closed without a word, as by a broker that has as many connections as"
          + " it takes, or a server that wants TLS (give --tls-ca then)";
    }
    if (description != null && !description.toLowerCase(Locale.ROOT).startsWith("io exception")) {
      return firstClause(description);
    }
    return message == null ? "the connection broke" : firstClause(message);
  }

  /** The transport adds its whole state to some messages. */
  private static String firstClause(String message) {
    String line = message.lines().findFirst().orElse("").strip();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  private static @Nullable Throwable root(@Nullable Throwable error) {
    Throwable root = error;
    while (root != null && root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root;
  }
}
