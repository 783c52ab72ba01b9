package io.tokenbroker.client.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a failed command says.
 *
 * @param message what is wrong and what to do about it
 * @param code the gRPC status code, null if the failure did not come from a call
 * @param reason the ErrorReason, null if there is none
 * @param field the field of the request that is wrong, null if none is
 * @param retryAfter how long to wait at least before another try, null if the broker did not say
 */
record FailureReport(
    int exitCode,
    String message,
    Status.@Nullable Code code,
    @Nullable String reason,
    @Nullable String field,
    @Nullable Duration retryAfter) {
  private static final String TRY_AGAIN = " Try again.";

  static FailureReport usage(String message) {
    return new FailureReport(ExitCodes.USAGE, message, null, null, null, null);
  }

  /**
   * @param account that the command was about, empty if none
   * @param endpoint where the command looked for the broker, as given
   * @param timeout how long it waited, for people
   */
  static FailureReport of(Throwable error, String account, String endpoint, String timeout) {
    if (error instanceof CommandFailure failure) {
      return new FailureReport(failure.exitCode(), failure.text(), null, null, null, null);
    }
    if (error instanceof StatusRuntimeException refused) {
      Status status = refused.getStatus();
      Optional<String> reason = BrokerErrors.reason(error);
      return new FailureReport(
          reason.isEmpty() && NoBroker.of(status, endpoint).isPresent()
              ? ExitCodes.UNAVAILABLE
              : exitCode(status.getCode(), reason.orElse("")),
          StatusText.of(status, reason.isPresent(), endpoint, timeout)
              + Remedy.of(reason.orElse(""), account),
          status.getCode(),
          reason.orElse(null),
          BrokerErrors.field(error).orElse(null),
          BrokerErrors.retryAfter(error).orElse(null));
    }
    // not its message, which may hold anything
    StackTraceElement[] trace = error.getStackTrace();
    return new FailureReport(
        ExitCodes.UNEXPECTED,
        "unexpected "
            + error.getClass().getSimpleName()
            + (trace.length == 0 ? "" : " at " + trace[0])
            + "; please report it",
        null,
        null,
        null,
        null);
  }

  /** The same, about what was typed in place of the field. */
  FailureReport with(TypedNames names) {
    return field == null
        ? this
        : new FailureReport(exitCode, names.in(message, field), code, reason, field, retryAfter);
  }

  /** The same, with one more sentence, which begins with a space; or empty. */
  FailureReport and(String sentence) {
    return new FailureReport(exitCode, message + sentence, code, reason, field, retryAfter);
  }

  /** For people. */
  String line() {
    String line = Visible.text(message);
    if (retryAfter != null) {
      // the broker may say so as well, but not when
      line =
          line.endsWith(TRY_AGAIN) ? line.substring(0, line.length() - TRY_AGAIN.length()) : line;
      line += (line.endsWith(".") ? "" : ".") + " Try again in " + Times.wait(retryAfter) + ".";
    }
    return line;
  }

  /** For programs. */
  String json() {
    JsonLine json =
        new JsonLine()
            .put("error", message)
            .put("exit_code", exitCode)
            .put("code", code == null ? null : code.name())
            .put("reason", reason)
            .put("field", field);
    if (retryAfter != null) {
      json.put("retry_after_seconds", retryAfter.toMillis() / 1000.0);
    }
    return json.end();
  }

  private static int exitCode(Status.Code code, String reason) {
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> ExitCodes.USAGE;
      case NOT_FOUND -> ExitCodes.NOT_FOUND;
      case RESOURCE_EXHAUSTED -> ExitCodes.NO_TOKEN_READY;
      case FAILED_PRECONDITION ->
          reason.equals("TOKENS_QUARANTINED") ? ExitCodes.NO_TOKEN_READY : ExitCodes.REFUSED;
      case ABORTED -> ExitCodes.LEASE_LOST;
      case PERMISSION_DENIED, UNAUTHENTICATED -> ExitCodes.REFUSED;
      case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCodes.UNAVAILABLE;
      case UNIMPLEMENTED ->
          reason.equals("WRONG_ADDRESS") ? ExitCodes.REFUSED : ExitCodes.UNEXPECTED;
      default -> ExitCodes.UNEXPECTED;
    };
  }
}
