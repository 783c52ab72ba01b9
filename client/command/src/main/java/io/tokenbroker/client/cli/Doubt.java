package io.tokenbroker.client.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import java.net.ConnectException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** What may have been done by a call whose answer did not come. */
final class Doubt {
  /** As grpc-java says that a call was never sent. */
  private static final String NOT_SENT = "waiting_for_connection";

  private Doubt() {}

  /**
   * A sentence with a space before it; empty if nothing can have been done.
   *
   * @param method the call that failed, such as DeleteAccount
   * @param account that the command was about, empty if none
   */
  static String of(Throwable error, String method, String account) {
    return error instanceof StatusRuntimeException failed
            && BrokerErrors.reason(failed).isEmpty()
            && isOpen(failed.getStatus())
        ? text(method, account)
        : "";
  }

  private static boolean isOpen(Status status) {
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> !String.valueOf(status.getDescription()).contains(NOT_SENT);
      case UNAVAILABLE ->
          !isRefused(status.getCause())
              && HandshakeText.of(status, "").isEmpty()
              && NoBroker.of(status, "").isEmpty();
      default -> false;
    };
  }

  /** Whether there was no connection at all. */
  private static boolean isRefused(@Nullable Throwable cause) {
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof ConnectException || e instanceof UnknownHostException) {
        return true;
      }
    }
    return false;
  }

  private static String text(String method, String account) {
    return switch (method) {
      case "DeleteAccount" ->
          " It may have been deleted all the same: see `tokenbroker accounts show "
              + account
              + "`.";
      case "RemoveTokens" ->
          " They may have been removed all the same: see `tokenbroker tokens list "
              + account
              + "`.";
      case "RevokeLease" -> " It may have been revoked all the same: see `tokenbroker lease list`.";
      case "AcquireLease" ->
          " A lease may have been granted all the same, until its TTL is over: see `tokenbroker"
              + " lease list "
              + account
              + "`.";
      case "AddTokens",
          "UpdateToken",
          "UpdateAccount",
          "ResetToken",
          "ReportOutcome",
          "RenewLease",
          "ReleaseLease" ->
          " It may have been done all the same; to repeat it does no harm.";
      default -> "";
    };
  }
}
