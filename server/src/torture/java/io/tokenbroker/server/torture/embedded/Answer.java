package io.tokenbroker.server.torture.embedded;

import com.google.rpc.ErrorInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a call went.
 *
 * @param value only if it was acknowledged
 * @param reason that of the broker, or the code alone
 */
record Answer<T>(Kind kind, @Nullable T value, String reason) {
  enum Kind {
    /** Done, and therefore done for good. */
    ACKNOWLEDGED,
    /** Not done, and will not be. */
    REFUSED,
    /** Done or not, but over. */
    UNKNOWN,
    /** Nobody knows, and it may still be done for as long as the process lives. */
    OPEN
  }

  static <T> Answer<T> to(Supplier<T> call, Findings findings) {
    try {
      return new Answer<>(Kind.ACKNOWLEDGED, call.get(), "");
    } catch (StatusRuntimeException e) {
      String reason = reason(e);
      Code code = e.getStatus().getCode();
      findings.failed(reason.isEmpty() ? code.name() : reason);
      if (reason.isEmpty()) {
        if (code == Code.DEADLINE_EXCEEDED) {
          findings.other("calls that hang", e.getStatus().toString());
        }
        return new Answer<>(Kind.OPEN, null, code.name());
      }
      if (code == Code.INTERNAL) {
        findings.other("internal errors", e.getStatus().toString());
      }
      boolean unknown = code == Code.UNAVAILABLE || code == Code.INTERNAL;
      return new Answer<>(unknown ? Kind.UNKNOWN : Kind.REFUSED, null, reason);
    }
  }

  private static String reason(StatusRuntimeException e) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    if (status != null) {
      for (com.google.protobuf.Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          try {
            return detail.unpack(ErrorInfo.class).getReason();
          } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
            return "";
          }
        }
      }
    }
    return "";
  }

  /** What it brought; only of one that was acknowledged. */
  T get() {
    if (value == null) {
      throw new IllegalStateException(reason);
    }
    return value;
  }

  boolean acknowledged() {
    return kind == Kind.ACKNOWLEDGED;
  }
}
