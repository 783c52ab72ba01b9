package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** All that the status of a failed call says; what is absent is empty. */
record Failure(
    Status.Code code,
    String message,
    String reason,
    Map<String, String> metadata,
    String field,
    double retrySeconds) {

  static Failure of(ThrowingCallable call) {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call);
    return of(Objects.requireNonNull(e, "the call did not fail"));
  }

  static Failure of(Throwable failure) {
    com.google.rpc.Status status = Objects.requireNonNull(StatusProto.fromThrowable(failure));
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    String field = "";
    double retry = 0;
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          info = detail.unpack(ErrorInfo.class);
        } else if (detail.is(BadRequest.class)) {
          field = detail.unpack(BadRequest.class).getFieldViolations(0).getField();
        } else if (detail.is(RetryInfo.class)) {
          com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retry = delay.getSeconds() + delay.getNanos() / 1e9;
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    if (!info.getDomain().equals("tokenbroker")) {
      throw new AssertionError("domain: " + info.getDomain());
    }
    return new Failure(
        Status.fromThrowable(failure).getCode(),
        status.getMessage(),
        info.getReason(),
        info.getMetadataMap(),
        field,
        retry);
  }
}
