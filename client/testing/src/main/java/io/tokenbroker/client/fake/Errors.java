package io.tokenbroker.client.fake;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.v1.RequestTurnsRequest;
import java.time.Duration;

/** The broker's errors as they come over the wire. */
public final class Errors {
  private Errors() {}

  public static StatusRuntimeException noCredentials(String account) {
    return of(
        Code.NOT_FOUND, "CREDENTIALS_DO_NOT_EXIST", "No credentials for account " + account + ".");
  }

  public static StatusRuntimeException shuttingDown(Duration retryAfter) {
    return of(Code.UNAVAILABLE, "SHUTTING_DOWN", "The broker is stopping.", retry(retryAfter));
  }

  public static StatusRuntimeException cooling(Duration retryAfter) {
    return of(
        Code.RESOURCE_EXHAUSTED, "TOKENS_COOLING", "All tokens are cooling.", retry(retryAfter));
  }

  public static StatusRuntimeException leased(Duration retryAfter) {
    return of(
        Code.RESOURCE_EXHAUSTED, "TOKENS_LEASED", "All tokens are leased.", retry(retryAfter));
  }

  public static StatusRuntimeException tooManyWaiters(Duration retryAfter) {
    return of(
        Code.RESOURCE_EXHAUSTED, "TOO_MANY_WAITERS", "Too many calls wait.", retry(retryAfter));
  }

  public static StatusRuntimeException tooManyScopes() {
    return of(Code.RESOURCE_EXHAUSTED, "TOO_MANY_SCOPES", "Too many scopes are in use.");
  }

  public static StatusRuntimeException noStream(RequestTurnsRequest request) {
    return of(
        Code.NOT_FOUND,
        "STREAM_DOES_NOT_EXIST",
        "Account %s has no open stream %s on this broker."
            .formatted(request.getAccount(), request.getStreamId()));
  }

  public static StatusRuntimeException leaseLost() {
    return of(Code.ABORTED, "LEASE_LOST", "The lease is no longer yours.");
  }

  public static RetryInfo retry(Duration delay) {
    return RetryInfo.newBuilder()
        .setRetryDelay(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(delay.getSeconds())
                .setNanos(delay.getNano()))
        .build();
  }

  public static StatusRuntimeException invalid(String field, String message) {
    return of(
        Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        message,
        BadRequest.newBuilder()
            .addFieldViolations(BadRequest.FieldViolation.newBuilder().setField(field))
            .build());
  }

  public static StatusRuntimeException of(
      Code code, String reason, String message, Message... details) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder().setDomain("tokenbroker").setReason(reason).build()));
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }
}
