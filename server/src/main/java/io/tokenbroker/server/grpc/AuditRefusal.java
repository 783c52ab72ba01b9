package io.tokenbroker.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tokenbroker.server.audit.Refusal;
import io.tokenbroker.server.model.BrokerException;
import org.jspecify.annotations.Nullable;

/** What is said of calls that are refused, and to them. */
final class AuditRefusal {
  private AuditRefusal() {}

  /** Whether somebody was not let in, or not allowed to. */
  static boolean is(Status status) {
    return status.getCode() == Status.Code.UNAUTHENTICATED
        || status.getCode() == Status.Code.PERMISSION_DENIED;
  }

  static Refusal of(
      String caller,
      String from,
      MethodDescriptor<?, ?> method,
      @Nullable Object request,
      Status status,
      Metadata trailers) {
    return new Refusal(
        caller,
        from,
        method(method),
        AuditFields.account(request),
        status.getCode().name(),
        reason(status, trailers));
  }

  /** Without the package: {@code TokenBroker/NextToken}. */
  static String method(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Of the ErrorInfo; empty without one. */
  static String reason(Status status, Metadata trailers) {
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : details.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return detail.unpack(ErrorInfo.class).getReason();
        } catch (InvalidProtocolBufferException e) {
          return "";
        }
      }
    }
    return "";
  }

  /** To a call that has not begun. */
  static StatusRuntimeException act() {
    return StatusMapper.of(
        BrokerException.auditUnavailable(
            "The audit log cannot be written, so nothing was done. Try again."));
  }

  /** To a call that has done what it was asked to. */
  static StatusRuntimeException answer() {
    return StatusMapper.of(
        BrokerException.auditUnavailable(
            "The audit log cannot be written, so there is no answer. What was asked for may have"
                + " been done."));
  }

  static StatusRuntimeException handOut() {
    return StatusMapper.of(
        BrokerException.auditUnavailable(
            "The audit log cannot be written, so no secret is handed out. Try again."));
  }
}
