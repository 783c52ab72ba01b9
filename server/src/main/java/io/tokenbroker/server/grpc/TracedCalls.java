package io.tokenbroker.server.grpc;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.tokenbroker.server.trace.CallSpan;
import io.tokenbroker.server.trace.Spans;
import io.tokenbroker.server.trace.Tracing;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Has each call of the services traced, from its first byte until it is closed. Without it nothing
 * of a call is looked at. Thread-safe.
 */
final class TracedCalls extends ServerStreamTracer.Factory implements ServerInterceptor {
  private static final Context.Key<CallSpan> SPAN = Context.key("io.tokenbroker.span");

  private static final Set<Status.Code> FAULTS =
      EnumSet.of(
          Status.Code.UNKNOWN,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INTERNAL,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  private static final ServerStreamTracer UNTRACED = new ServerStreamTracer() {};

  private final Tracing tracing;
  private final Set<String> methods;

  /**
   * @param services whose methods are traced; other names are whatever callers say
   */
  TracedCalls(Tracing tracing, List<BindableService> services) {
    this.tracing = tracing;
    this.methods =
        services.stream()
            .flatMap(service -> service.bindService().getMethods().stream())
            .map(method -> method.getMethodDescriptor().getFullMethodName())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Parts of the call that a thread works on; none if that is not traced. */
  static Spans spans() {
    return name -> {
      CallSpan call = SPAN.get();
      return call == null ? Spans.Part.NONE : call.begin(name);
    };
  }

  /** Has a call that goes on to another broker tell it where it belongs. */
  static void onward(Metadata headers) {
    CallSpan call = SPAN.get();
    if (call != null) {
      call.onward(
          (name, value) -> {
            Metadata.Key<String> key = key(name);
            headers.discardAll(key);
            headers.put(key, value);
          });
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String name, Metadata headers) {
    if (!methods.contains(name)) {
      return UNTRACED;
    }
    int slash = name.indexOf('/');
    return new Traced(
        tracing.begin(
            name.substring(0, slash),
            name.substring(slash + 1),
            header -> headers.get(key(header))));
  }

  private static final class Traced extends ServerStreamTracer {
    private final CallSpan span;

    Traced(CallSpan span) {
      this.span = span;
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(SPAN, span);
    }

    @Override
    public void streamClosed(Status status) {
      Status.Code code = status.getCode();
      span.end(code.value(), code.name(), FAULTS.contains(code));
    }
  }

  /** Notes the account, once the request is there and its caller known. */
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    CallSpan span = SPAN.get();
    if (span == null) {
      return listener;
    }
    MethodRule rule = InboundCall.current().rule();
    return new SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onMessage(Q message) {
        if (message != null) { // one that can't be read is refused further in
          String account = rule.account(message);
          if (!account.isEmpty()) {
            span.account(account);
          }
        }
        super.onMessage(message);
      }
    };
  }
}
