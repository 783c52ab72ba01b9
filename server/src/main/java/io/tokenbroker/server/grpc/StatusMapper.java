package io.tokenbroker.server.grpc;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureDetails;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure is on the wire: a code, a reason, and details. */
final class StatusMapper {
  private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);
  private static final String DOMAIN = "tokenbroker";

  private StatusMapper() {}

  static StatusRuntimeException of(Throwable failure) {
    Throwable cause = Failures.cause(failure);
    if (cause instanceof StatusRuntimeException status) {
      return status;
    }
    return StatusProto.toStatusRuntimeException(
        cause instanceof BrokerException known ? status(known) : internal(cause));
  }

  /** Ends a call with a failure. */
  static void close(ServerCall<?, ?> call, Throwable failure) {
    StatusRuntimeException told = of(failure);
    Metadata trailers = told.getTrailers();
    call.close(told.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  private static Status status(BrokerException e) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code(e.reason().code()).getNumber())
            .setMessage(String.valueOf(e.getMessage()))
            .addDetails(errorInfo(e.reason(), e.details().metadata()));
    if (e.details() instanceof FailureDetails.Field field) {
      status.addDetails(badRequest(field));
    }
    e.details().retryAfter().ifPresent(delay -> status.addDetails(retryInfo(delay)));
    return status.build();
  }

  /** Complete, or it would not compile. */
  private static Code code(FailureReason.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT -> Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Code.NOT_FOUND;
      case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
      case FAILED_PRECONDITION -> Code.FAILED_PRECONDITION;
      case RESOURCE_EXHAUSTED -> Code.RESOURCE_EXHAUSTED;
      case ABORTED -> Code.ABORTED;
      case UNAVAILABLE -> Code.UNAVAILABLE;
      case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
      case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
      case UNIMPLEMENTED -> Code.UNIMPLEMENTED;
      case INTERNAL -> Code.INTERNAL;
    };
  }

  /** The caller learns a number under which the log has the cause. */
  private static Status internal(Throwable cause) {
    String incident = "%08x".formatted(ThreadLocalRandom.current().nextInt());
    log.atError().addKeyValue("incident", incident).setCause(cause).log("call failed");
    return Status.newBuilder()
        .setCode(code(FailureReason.INTERNAL.code()).getNumber())
        .setMessage("A fault in the broker; its log has the cause under incident " + incident + ".")
        .addDetails(errorInfo(FailureReason.INTERNAL, Map.of("incident", incident)))
        .build();
  }

  private static Any errorInfo(FailureReason reason, Map<String, String> metadata) {
    return Any.pack(
        ErrorInfo.newBuilder()
            .setDomain(DOMAIN)
            .setReason(reason.name())
            .putAllMetadata(metadata)
            .build());
  }

  private static Any badRequest(FailureDetails.Field field) {
    return Any.pack(
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder()
                    .setField(field.path())
                    .setDescription(field.wrong()))
            .build());
  }

  private static Any retryInfo(Duration delay) {
    return Any.pack(RetryInfo.newBuilder().setRetryDelay(WireTimes.duration(delay)).build());
  }
}
