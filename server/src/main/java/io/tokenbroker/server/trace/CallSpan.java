package io.tokenbroker.server.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Failures;
import java.util.function.BiConsumer;

/** The span of a call. Thread-safe. */
public final class CallSpan implements Spans {
  private static final String ERROR = "error.type";

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final Context context;
  private final Span span;

  CallSpan(Tracer tracer, TextMapPropagator propagator, Context context, Span span) {
    this.tracer = tracer;
    this.propagator = propagator;
    this.context = context;
    this.span = span;
  }

  /** What the call is about; its name is no secret. */
  public void account(String account) {
    span.setAttribute("tokenbroker.account", account);
  }

  @Override
  public Part begin(String name) {
    if (!span.isRecording()) {
      return Part.NONE;
    }
    Span part = tracer.spanBuilder(name).setParent(context).startSpan();
    return failure -> {
      if (failure != null) {
        Throwable cause = Failures.cause(failure);
        // not its message, which may have more than a collector is to know
        part.setAttribute(
            ERROR,
            cause instanceof BrokerException known
                ? known.reason().name()
                : cause.getClass().getName());
        part.setStatus(StatusCode.ERROR);
      }
      part.end();
    };
  }

  /** Tells the headers of a call that goes on to another broker. */
  public void onward(BiConsumer<String, String> header) {
    propagator.inject(
        context,
        header,
        (to, name, value) -> {
          if (to != null) {
            to.accept(name, value);
          }
        });
  }

  /**
   * @param code of gRPC
   * @param isFault whether the broker is to blame
   */
  public void end(int code, String name, boolean isFault) {
    span.setAttribute("rpc.grpc.status_code", code);
    if (isFault) {
      span.setAttribute(ERROR, name);
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }
}
