package io.tokenbroker.server.grpc;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.server.model.BrokerBusyException;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CredentialsDoNotExistException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.InvalidFieldException;
import io.tokenbroker.server.model.LeaseDoesNotExistException;
import io.tokenbroker.server.model.LeaseLimitException;
import io.tokenbroker.server.model.LeaseLostException;
import io.tokenbroker.server.model.ShuttingDownException;
import io.tokenbroker.server.model.StoreReadOnlyException;
import io.tokenbroker.server.model.StoreUnavailableException;
import io.tokenbroker.server.model.StreamAlreadyExistsException;
import io.tokenbroker.server.model.StreamDoesNotExistException;
import io.tokenbroker.server.model.TokenDoesNotExistException;
import io.tokenbroker.server.model.TokensCoolingException;
import io.tokenbroker.server.model.TokensLeasedException;
import io.tokenbroker.server.model.TokensQuarantinedException;
import io.tokenbroker.server.model.TooManyScopesException;
import io.tokenbroker.server.model.TooManyWaitersException;
import io.tokenbroker.v1.ErrorReason;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure is on the wire: a code, a reason, and details. */
final class StatusMapper {
  private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);
  private static final String DOMAIN = "tokenbroker";
  private static final String REASON_PREFIX = "ERROR_REASON_";

  /** Another broker, or the next process here, can be reached about now. */
  private static final Duration AFTER_SHUTDOWN = Duration.ofMillis(500);

  private StatusMapper() {}

  static StatusRuntimeException of(Throwable failure) {
    Throwable cause = Failures.cause(failure);
    if (cause instanceof StatusRuntimeException status) {
      return status;
    }
    return StatusProto.toStatusRuntimeException(
        cause instanceof BrokerException known ? status(known) : internal(cause));
  }

  private static Status status(BrokerException e) {
    // an if for each of the sealed subclasses: switch patterns are for Java 21
    if (e instanceof CredentialsDoNotExistException) {
      return status(Code.NOT_FOUND, ErrorReason.ERROR_REASON_CREDENTIALS_DO_NOT_EXIST, e);
    } else if (e instanceof TokensQuarantinedException) {
      return status(Code.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_TOKENS_QUARANTINED, e);
    } else if (e instanceof TokenDoesNotExistException) {
      return status(Code.NOT_FOUND, ErrorReason.ERROR_REASON_TOKEN_DOES_NOT_EXIST, e);
    } else if (e instanceof StoreReadOnlyException) {
      return status(Code.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_STORE_READ_ONLY, e);
    } else if (e instanceof InvalidFieldException field) {
      return status(
          Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_INVALID_FIELD, e, badRequest(field));
    } else if (e instanceof StoreUnavailableException store) {
      return status(
          Code.UNAVAILABLE,
          ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
          e,
          retryInfo(store.retryAfter()));
    } else if (e instanceof BrokerBusyException busy) {
      return status(
          Code.UNAVAILABLE, ErrorReason.ERROR_REASON_BROKER_BUSY, e, retryInfo(busy.retryAfter()));
    } else if (e instanceof ShuttingDownException) {
      return status(
          Code.UNAVAILABLE, ErrorReason.ERROR_REASON_SHUTTING_DOWN, e, retryInfo(AFTER_SHUTDOWN));
    } else if (e instanceof TokensCoolingException cooling) {
      return status(
          Code.RESOURCE_EXHAUSTED,
          ErrorReason.ERROR_REASON_TOKENS_COOLING,
          e,
          retryInfo(cooling.retryAfter()));
    } else if (e instanceof TokensLeasedException leased) {
      return status(
          Code.RESOURCE_EXHAUSTED,
          ErrorReason.ERROR_REASON_TOKENS_LEASED,
          e,
          retryInfo(leased.retryAfter()));
    } else if (e instanceof TooManyWaitersException waiters) {
      return status(
          Code.RESOURCE_EXHAUSTED,
          ErrorReason.ERROR_REASON_TOO_MANY_WAITERS,
          e,
          retryInfo(waiters.retryAfter()));
    } else if (e instanceof LeaseLostException) {
      return status(Code.ABORTED, ErrorReason.ERROR_REASON_LEASE_LOST, e);
    } else if (e instanceof LeaseDoesNotExistException) {
      return status(Code.NOT_FOUND, ErrorReason.ERROR_REASON_LEASE_DOES_NOT_EXIST, e);
    } else if (e instanceof LeaseLimitException) {
      return status(Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_LEASE_LIMIT, e);
    } else if (e instanceof StreamDoesNotExistException) {
      return status(Code.NOT_FOUND, ErrorReason.ERROR_REASON_STREAM_DOES_NOT_EXIST, e);
    } else if (e instanceof StreamAlreadyExistsException) {
      return status(Code.ALREADY_EXISTS, ErrorReason.ERROR_REASON_STREAM_ALREADY_EXISTS, e);
    } else if (e instanceof TooManyScopesException) {
      return status(Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_TOO_MANY_SCOPES, e);
    }
    return internal(e);
  }

  private static Status status(Code code, ErrorReason reason, BrokerException e, Any... more) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(String.valueOf(e.getMessage()))
            .addDetails(errorInfo(reason, e.metadata()));
    for (Any detail : more) {
      status.addDetails(detail);
    }
    return status.build();
  }

  /** The caller learns a number under which the log has the cause. */
  private static Status internal(Throwable cause) {
    String incident = "%08x".formatted(ThreadLocalRandom.current().nextInt());
    log.atError().addKeyValue("incident", incident).setCause(cause).log("call failed");
    return Status.newBuilder()
        .setCode(Code.INTERNAL_VALUE)
        .setMessage("A fault in the broker; its log has the cause under incident " + incident + ".")
        .addDetails(errorInfo(ErrorReason.ERROR_REASON_INTERNAL, Map.of("incident", incident)))
        .build();
  }

  private static Any errorInfo(ErrorReason reason, Map<String, String> metadata) {
    return Any.pack(
        ErrorInfo.newBuilder()
            .setDomain(DOMAIN)
            .setReason(reason.name().substring(REASON_PREFIX.length()))
            .putAllMetadata(metadata)
            .build());
  }

  private static Any badRequest(InvalidFieldException e) {
    return Any.pack(
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder()
                    .setField(e.field())
                    .setDescription(e.description()))
            .build());
  }

  private static Any retryInfo(Duration delay) {
    return Any.pack(RetryInfo.newBuilder().setRetryDelay(WireTimes.duration(delay)).build());
  }
}
