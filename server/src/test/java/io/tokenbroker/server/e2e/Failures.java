package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.BrokerErrors;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What failed calls say. */
final class Failures {
  private Failures() {}

  static StatusRuntimeException of(ThrowingCallable call) {
    return Objects.requireNonNull(
        catchThrowableOfType(StatusRuntimeException.class, call), "the call did not fail");
  }

  /** Code and reason, such as {@code NOT_FOUND CREDENTIALS_DO_NOT_EXIST}. */
  static String text(Throwable failure) {
    return Status.fromThrowable(failure).getCode()
        + BrokerErrors.reason(failure).map(reason -> " " + reason).orElse("");
  }

  static String textOf(ThrowingCallable call) {
    return text(of(call));
  }
}
