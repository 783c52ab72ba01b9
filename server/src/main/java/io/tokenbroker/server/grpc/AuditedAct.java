package io.tokenbroker.server.grpc;

import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.AuditRecord;
import io.tokenbroker.server.security.Caller;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A unary call of the control plane: what changes something begins when it is written down, and
 * every answer waits until the result is.
 */
final class AuditedAct<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private final AuditLog audit;
  private final Origin origin;
  private final Caller.@Nullable Identified caller;
  private @Nullable Q request;
  private @Nullable A answer;

  /** A call that is refused as its request is read does not begin. */
  private volatile boolean closed;

  AuditedAct(
      ServerCall<Q, A> call, AuditLog audit, Origin origin, Caller.@Nullable Identified caller) {
    super(call);
    this.audit = audit;
    this.origin = origin;
    this.caller = caller;
  }

  ServerCall.Listener<Q> listener(ServerCall.Listener<Q> delegate, Executor eventLoop) {
    return new SimpleForwardingServerCallListener<>(delegate) {
      private boolean over;

      @Override
      public void onMessage(Q message) {
        request = message;
        super.onMessage(message);
      }

      /** Services begin here. */
      @Override
      public void onHalfClose() {
        if (request == null || closed || !changes()) {
          super.onHalfClose();
          return;
        }
        Runnable begin = Context.current().wrap(this::begin);
        audit.write(
            record("request"),
            false,
            written ->
                eventLoop.execute(written || audit.admitsUnwritten() ? begin : () -> refuse()));
      }

      private void begin() {
        if (over) {
          if (!closed) {
            close(Status.CANCELLED, new Metadata());
          }
          return;
        }
        try {
          super.onHalfClose();
        } catch (RuntimeException e) {
          StatusRuntimeException failure = StatusMapper.of(e);
          close(failure.getStatus(), trailers(failure));
        }
      }

      @Override
      public void onCancel() {
        over = true;
        super.onCancel();
      }
    };
  }

  private boolean changes() {
    return MethodRules.of(getMethodDescriptor()).changes();
  }

  private void refuse() {
    StatusRuntimeException failure = AuditRefusal.act();
    super.close(failure.getStatus(), trailers(failure));
  }

  private static Metadata trailers(StatusRuntimeException failure) {
    Metadata trailers = failure.getTrailers();
    return trailers == null ? new Metadata() : trailers;
  }

  private AuditRecord record(String type) {
    AuditRecord begun =
        new AuditRecord(type, audit.now())
            .putIfSet("caller", Named.caller(caller))
            .putIfSet("from", origin.from())
            .put("method", AuditRefusal.method(getMethodDescriptor()));
    if (request instanceof Message message) {
      AuditFields.put(begun, message, type.equals("request") || !changes());
    }
    return begun;
  }

  /** Goes out with the result. */
  @Override
  public void sendMessage(A message) {
    answer = message;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    closed = true;
    if (AuditRefusal.is(status)) {
      audit.refused(
          AuditRefusal.of(
              Named.caller(caller),
              origin.from(),
              getMethodDescriptor(),
              request,
              status,
              trailers),
          written -> super.close(status, trailers));
      return;
    }
    AuditRecord result = record("answer").put("result", status.getCode().name());
    if (status.isOk() && changes() && answer instanceof Message message) {
      AuditFields.putTokens(result, message);
    } else if (!status.isOk()) {
      result.putIfSet("reason", AuditRefusal.reason(status, trailers));
    }
    audit.write(result, true, written -> answer(written, status, trailers));
  }

  private void answer(boolean written, Status status, Metadata trailers) {
    StatusRuntimeException failure = null;
    if (!written && !audit.admitsUnwritten()) {
      failure = AuditRefusal.answer();
    } else if (status.isOk() && answer != null) {
      try {
        super.sendMessage(answer);
      } catch (RuntimeException e) {
        // there is no room for it
        failure = StatusMapper.of(e);
      }
    }
    if (failure == null) {
      super.close(status, trailers);
    } else {
      super.close(failure.getStatus(), trailers(failure));
    }
  }
}
